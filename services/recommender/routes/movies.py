"""Movies: found by title, shown, and compared."""

from http import HTTPStatus
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from services.recommender.answers import Movie, MoviePage, SimilarMovies
from services.recommender.content import alike
from services.recommender.context import context
from services.recommender.parameters import FILTER_TEXT
from services.recommender.problems import documented
from services.recommender.query import MAX_LIMIT
from services.recommender.recommend import scored_items
from services.recommender.similar import Metric, nearest
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
def find_movies(
    request: Request,
    q: Annotated[str, Query(max_length=200, description="Words of the title.")] = "",
    limit: Limit = 20,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="How many to pass over.")] = 0,
) -> Response:
    """Movies whose title holds each word of `q`, whole or as a part: the better match first, then the more popular.

    Accents, case and punctuation make no difference. Without `q`: all movies, the most rated first.
    """
    catalogue = context(request).serving.snapshot.catalogue
    rows = catalogue.titles.find(q) if q.strip() else catalogue.by_popularity
    items = b",".join([catalogue.json(row) for row in rows[offset : offset + limit].tolist()])
    return Response(b'{"total":%d,"items":[%b]}' % (len(rows), items), media_type="application/json")


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


@router.get(
    "/v1/movies/{movieId:movieId}",
    summary="A movie",
    response_model=Movie,
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)
async def get_movie(request: Request, movie_id: MovieId) -> Response:
    """What is known of a movie."""
    catalogue = context(request).serving.snapshot.catalogue
    return Response(catalogue.json(catalogue.row(movie_id)), media_type="application/json")
