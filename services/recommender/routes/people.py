"""Users who are like a user, and users who would like a movie."""

from http import HTTPStatus
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from services.recommender.bodies.people import Audience, SimilarUsers
from services.recommender.context import context
from services.recommender.http.problems import documented
from services.recommender.recommending.recommend import encoded
from services.recommender.routes.movies import MovieId
from services.recommender.routes.users import UserId
from services.recommender.scoring.audience import audience, movie_vector, neighbours
from services.recommender.scoring.query import MAX_LIMIT
from shared.recommended import Basis

router = APIRouter(tags=["people"])

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many users.")]


@router.get(
    "/v1/users/{userId:userId}/similar",
    summary="Users like a user",
    response_model=SimilarUsers,
    responses=documented(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)
async def similar_users(request: Request, user_id: UserId, limit: Limit = 20) -> Response:
    """Users whose vectors are most like this user's: theirs as of the last training, this one's as of now.

    For someone who has rated nothing that the model can go by, and before the first model, nobody comes: see `basis`.
    """
    parts = context(request)
    snapshot = parts.serving.snapshot
    model, items, basis = snapshot.model, list[bytes](), Basis.NOTHING
    history, recall = await parts.histories.get(user_id, snapshot.catalogue)
    vector = encoded(snapshot, model, user_id, history).vector if model else None
    if model is not None and vector is not None:
        served, direction, basis = model, vector[: model.vectors.width], Basis.HISTORY
        items = await parts.calls.run(
            lambda: neighbours(parts.graph, parts.users.get(served), user_id, direction, limit)
        )
    head = orjson.dumps({"userId": user_id, "history": recall, "basis": basis})[:-1]
    body = b'%b,"model":%b,"items":[%b]}' % (head, snapshot.model_name, b",".join(items))
    return Response(body, media_type="application/json")


@router.get(
    "/v1/movies/{movieId:movieId}/audience",
    summary="Users who would like a movie",
    response_model=Audience,
    responses=documented(
        HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
    ),
)
async def movie_audience(
    request: Request,
    movie_id: MovieId,
    limit: Limit = 20,
    include_rated: Annotated[
        bool, Query(alias="includeRated", description="Whether users who have rated the movie come, too, marked.")
    ] = False,
) -> Response:
    """The users who give a movie the highest scores, by their vectors as of the last training.

    Those who have rated it are left out, or marked. The graph is asked about a thousand users at most, so fewer than
    `limit` come where most of these have rated it. A movie that the model does not know yet is taken for the movies
    that share most with it; before the first model nobody comes: see `basis`.
    """
    parts = context(request)
    snapshot = parts.serving.snapshot
    row, model = snapshot.catalogue.row(movie_id), snapshot.model
    items, basis = list[bytes](), Basis.NOTHING
    if model is not None:
        served, movie = model, movie_vector(model, snapshot.catalogue, row)
        if (basis := movie.basis) is not Basis.NOTHING:
            items = await parts.calls.run(
                lambda: audience(parts.graph, parts.users.get(served), movie_id, movie, limit, with_rated=include_rated)
            )
    head = orjson.dumps({"movieId": movie_id, "basis": basis})[:-1]
    body = b'%b,"model":%b,"items":[%b]}' % (head, snapshot.model_name, b",".join(items))
    return Response(body, media_type="application/json")
