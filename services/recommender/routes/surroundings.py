"""What stands around a movie in the graph, and what the catalogue holds."""

from http import HTTPStatus
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from services.recommender.bodies.surroundings import CatalogueContents, MovieConnections
from services.recommender.context import context
from services.recommender.http.problems import documented
from services.recommender.movies.surroundings import connections_of, contents_of
from services.recommender.routes.movies import MovieId

router = APIRouter(tags=["movies"])


@router.get(
    "/v1/catalogue",
    summary="What the catalogue holds",
    response_model=CatalogueContents,
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
)
def get_contents(request: Request) -> Response:
    """How many movies there are, their genres, and their first and last year: what filters can sensibly ask for."""
    return Response(contents_of(context(request).serving.snapshot.catalogue), media_type="application/json")


@router.get(
    "/v1/movies/{movieId:movieId}/connections",
    summary="What connects a movie with others",
    response_model=MovieConnections,
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)
def get_connections(
    request: Request,
    movie_id: MovieId,
    others: Annotated[int, Query(ge=0, le=20, description="How many other movies of each, the most rated.")] = 3,
) -> Response:
    """The people, tags, genres and the year that the movie shares with others in the graph, and some of these.

    At most twenty: people before tags, tags before genres, and of each kind the rarest first.
    """
    catalogue = context(request).serving.snapshot.catalogue
    row = catalogue.row(movie_id)
    items = b",".join(connections_of(catalogue, row, others))
    return Response(b'{"movieId":%b,"items":[%b]}' % (orjson.dumps(movie_id), items), media_type="application/json")
