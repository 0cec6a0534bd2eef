"""Movies: found by title, shown, and compared."""

from http import HTTPStatus
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from services.recommender.bodies.cursors import Cursor, make_cursor, read_cursor
from services.recommender.bodies.parameters import FILTER_TEXT
from services.recommender.bodies.recommended import MoviePage, SimilarMovies
from services.recommender.context import context
from services.recommender.http.problems import documented
from services.recommender.movies.content import alike
from services.recommender.recommending.recommend import scored_items
from services.recommender.scoring.query import MAX_LIMIT
from services.recommender.scoring.similar import Metric, nearest
from shared.errors import InvalidInputError
from shared.ids import MAX_ID_CHARACTERS
from shared.recommended import Basis

router = APIRouter(tags=["movies"])

MovieId = Annotated[str, Path(alias="movieId", min_length=1, max_length=MAX_ID_CHARACTERS)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many movies.")]
Filter = Annotated[str | None, Query(description=FILTER_TEXT)]


@router.get(
    "/v1/movies",
    summary="Find movies by title",
    response_model=MoviePage,
    responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)
def find_movies(  # noqa: PLR0917 - FastAPI calls it by name
    request: Request,
    q: Annotated[str, Query(max_length=200, description="Words of the title.")] = "",
    limit: Limit = 20,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="How many to pass over.")] = 0,
    sort: Annotated[
        Literal["popularity", "id"],
        Query(description="`id`: all movies by their ids, in pages that `cursor` follows, without `q` and `offset`."),
    ] = "popularity",
    cursor: Cursor = None,
) -> Response:
    """Movies whose title holds each word of `q`, whole or as a part: the better match first, then the more popular.

    Where few do, those follow whose words differ from it by a typing error or two. Accents, case and
    punctuation make no difference. Without `q`: all movies, the most rated first. To read all of them while others come
    and go, ask for `sort=id`, and go on with the `nextCursor` of each page: none comes twice.
    """
    catalogue = context(request).serving.snapshot.catalogue
    following = b"null"
    if sort == "id":
        if q.strip() or offset:
            raise InvalidInputError("A list by ids takes `cursor` and `limit` alone: leave `q` and `offset` out.")
        after = str(read_cursor(cursor, str)[0]) if cursor is not None else ""
        rows = catalogue.rows_after(after)
        total = len(catalogue)
        if len(rows) > limit:
            following = b'"%b"' % make_cursor(catalogue.ids.ids[rows[limit - 1]]).encode()
    elif cursor is not None:
        raise InvalidInputError("A cursor goes with `sort=id`.")
    else:
        rows = catalogue.titles.find(q) if q.strip() else catalogue.by_popularity
        total = len(rows)
    items = b",".join([catalogue.json(row) for row in rows[offset : offset + limit].tolist()])
    body = b'{"total":%d,"items":[%b],"nextCursor":%b}' % (total, items, following)
    return Response(body, media_type="application/json")


@router.get(
    "/v1/movies/{movieId:movieId}/similar",
    summary="Movies like a movie",
    response_model=SimilarMovies,
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)
async def similar_movies(
    request: Request,
    movie_id: MovieId,
    metric: Annotated[
        Metric,
        Query(description="`cosine` (-1 to 1) and `dot`: larger is more alike. `euclidean` (from 0): smaller is."),
    ] = Metric.COSINE,
    limit: Limit = 20,
    filter: Filter = None,  # noqa: A002 - the parameter's name
) -> Response:
    """Movies whose vectors, those that they are scored by, are most like this movie's.

    A movie that the model does not know yet, and every movie before the first model, is compared by its genres, tags
    and people: see `basis`. There `metric` makes no difference, and a larger score is more alike.
    """
    snapshot = context(request).serving.snapshot
    catalogue, model = snapshot.catalogue, snapshot.model
    row = catalogue.row(movie_id)
    mask = catalogue.masks.get(filter) if filter else None
    model_row = int(model.row_of[row]) if model else -1
    larger = model_row < 0 or metric.is_larger_better
    head = orjson.dumps({"movieId": movie_id, "metric": metric, "largerIsBetter": larger})[:-1]
    if model is None or model_row < 0:
        rows, scores = alike(catalogue, row)
        rows = (rows if mask is None else rows[mask[rows]])[:limit]
        tails, basis, scores = catalogue.tails, Basis.CONTENT, scores[rows]
    else:
        among = None if mask is None else mask[model.catalogue_rows]
        rows, scores = nearest(model.vectors.directions, model_row, metric, limit, among)
        tails, basis = model.tails, Basis.MODEL
    items = scored_items(tails, rows.tolist(), scores.tolist())
    body = b'%b,"model":%b,"basis":"%b","items":%b}' % (head, snapshot.model_name, basis.encode(), items)
    return Response(body, media_type="application/json")
