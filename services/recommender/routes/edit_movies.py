"""Movies: written, changed, removed, one or thousands at a time."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from services.recommender.bodies.answer import Movie
from services.recommender.bodies.movies import BatchAnswer, MovieBatch, MovieBody, MovieDetail, detail
from services.recommender.context import Context, context
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import UNSAFE, WITH_BODY, documented
from services.recommender.http.whole_ids import requires_whole_id
from services.recommender.routes.movies import MovieId
from shared.movies import MovieChange, delete_movie, put_movies, read_movie

router = APIRouter(tags=["movies"])

_BATCH: Final = documented(*WITH_BODY, HTTPStatus.SERVICE_UNAVAILABLE)
_ONE: Final[dict[int | str, dict[str, Any]]] = documented(
    *WITH_BODY, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE
)


@router.put("/v1/movies", summary="Write movies", responses=_BATCH, dependencies=[requires_json])
async def write_movies(request: Request, batch: MovieBatch) -> BatchAnswer:
    """Make each movie what its item says, whether it exists or not: all of them, or none where one is at fault.

    Recommendations, lists and searches have them within seconds, `GET /v1/movies/{movieId}` at once.
    """
    return await _write(request, batch, is_whole=True)


@router.patch("/v1/movies", summary="Change movies", responses=_BATCH, dependencies=[requires_json])
async def change_movies(request: Request, batch: MovieBatch) -> BatchAnswer:
    """Change what each item names of its movie, as `PATCH /v1/movies/{movieId}` does; all of them, or none."""
    return await _write(request, batch, is_whole=False)


async def _write(request: Request, batch: MovieBatch, *, is_whole: bool) -> BatchAnswer:
    changes = [item.change(item.movie_id, is_whole=is_whole) for item in batch.items]
    parts = context(request)
    new = await parts.calls.run(lambda: put_movies(parts.graph, changes, creates=is_whole))
    return BatchAnswer(created=sum(new), updated=len(new) - sum(new))


@router.put(
    "/v1/movies/{movieId:movieId}",
    summary="Write a movie",
    responses={201: {"model": MovieDetail, "description": "It is new."}, **_ONE},
    dependencies=[requires_whole_id, requires_json],
)
async def write_movie(request: Request, response: Response, movie_id: MovieId, body: MovieBody) -> MovieDetail:
    """Make the movie what the body says; what it leaves out, the movie does not have."""
    is_new, shown = await _write_one(context(request), body.change(movie_id, is_whole=True), creates=True)
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return shown


@router.patch(
    "/v1/movies/{movieId:movieId}",
    summary="Change a movie",
    responses=_ONE,
    dependencies=[requires_whole_id, requires_json],
)
async def change_movie(request: Request, movie_id: MovieId, body: MovieBody) -> MovieDetail:
    """Change what the body names: null takes a value away, a list replaces a list; of `properties` each by itself."""
    return (await _write_one(context(request), body.change(movie_id, is_whole=False), creates=False))[1]


async def _write_one(parts: Context, change: MovieChange, *, creates: bool) -> tuple[bool, MovieDetail]:
    def write() -> tuple[Sequence[bool], MovieDetail]:
        if not creates:
            read_movie(parts.graph, change.movie_id)  # raises where there is none
        new = put_movies(parts.graph, [change], creates=creates)
        return new, detail(read_movie(parts.graph, change.movie_id), _ratings(parts, change.movie_id))

    new, shown = await parts.calls.run(write)
    return new[0], shown


def _ratings(parts: Context, movie_id: str) -> int:
    """How often the movie was rated, as far as the catalogue in memory knows."""
    if not parts.serving.is_ready:
        return 0
    catalogue = parts.serving.snapshot.catalogue
    row = catalogue.ids.row(movie_id)
    return 0 if row is None else int(catalogue.ratings[row])


@router.get(
    "/v1/movies/{movieId:movieId}",
    summary="A movie",
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)
async def get_movie(request: Request, movie_id: MovieId) -> MovieDetail:
    """What is known of a movie, as the graph has it now; while that is away, what is in memory of it."""
    parts = context(request)
    if not parts.watch.pulse.is_away:
        return await parts.calls.run(lambda: detail(read_movie(parts.graph, movie_id), _ratings(parts, movie_id)))
    catalogue = parts.serving.snapshot.catalogue
    known = Movie.model_validate_json(catalogue.json(catalogue.row(movie_id)))
    return MovieDetail(**known.model_dump(), tags=None, people=None, source="memory")


@router.delete(
    "/v1/movies/{movieId:movieId}",
    summary="Remove a movie",
    status_code=HTTPStatus.NO_CONTENT,
    responses={
        **documented(*UNSAFE, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
    },
    dependencies=[requires_whole_id],
)
async def remove_movie(request: Request, movie_id: MovieId) -> None:
    """Remove a movie with all its relationships, the ratings of it included."""
    parts = context(request)
    await parts.calls.run(lambda: delete_movie(parts.graph, movie_id))
