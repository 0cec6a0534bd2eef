"""Why movies are recommended: to a user, or to someone unknown by the movies that they pick."""

from http import HTTPStatus
from typing import Self

import numpy as np
import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.recommender.access.guard import check_user, principal_of
from services.recommender.bodies.explained import Explanations, UserExplanation
from services.recommender.bodies.parameters import AnyId, MovieIds
from services.recommender.context import context
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import WITH_BODY, documented
from services.recommender.movies.known import known_rows, rows_of_picks
from services.recommender.recommending.explain import explainer_of_picks, explainer_of_user
from services.recommender.routes.movies import MovieId
from services.recommender.routes.users import UserId

router = APIRouter(tags=["explanations"])


class ExplanationsRequest(BaseModel):
    """Movies that are to be explained, and to whom: a user, or someone who need not be one, by their picks."""

    model_config = ConfigDict(extra="forbid", strict=True)

    movie_ids: list[AnyId] = Field(alias="movieIds", min_length=1, max_length=100, description="Which movies.")
    user_id: AnyId | None = Field(default=None, alias="userId", description="To whom; without `likes` and `dislikes`.")
    likes: MovieIds = Field(default=[], description="Ids of movies that they like.")
    dislikes: MovieIds = Field(default=[], description="Ids of movies that they dislike.")

    @model_validator(mode="after")
    def _is_for_one(self) -> Self:
        if self.user_id is not None and (self.likes or self.dislikes):
            raise ValueError("userId stands beside likes or dislikes; give the one or the others")
        return self


@router.get(
    "/v1/users/{userId:userId}/movies/{movieId:movieId}/explanation",
    summary="Why a movie is recommended to a user",
    response_model=UserExplanation,
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)
async def explain_movie(request: Request, user_id: UserId, movie_id: MovieId) -> Response:
    """The user's own movies that add most to its score, what connects it with them in the graph, and a sentence.

    Any movie may be asked for, also one that would not be recommended. `method` says what the explanation goes by.
    """
    parts = context(request)
    snapshot = parts.serving.snapshot
    movie = np.array([snapshot.catalogue.row(movie_id)])
    history, recall = await parts.histories.read(user_id, snapshot.catalogue)
    [explanation] = explainer_of_user(snapshot, user_id, history).explain(movie)
    head = orjson.dumps({"userId": user_id, "movieId": movie_id, "history": recall})[:-1]
    body = b'%b,"model":%b,"explanation":%b}' % (head, snapshot.model_name, explanation)
    return Response(body, media_type="application/json")


@router.post(
    "/v1/explanations",
    summary="Why movies are recommended",
    response_model=Explanations,
    responses=documented(*WITH_BODY, HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[requires_json],
)
async def explain_movies(asked: ExplanationsRequest, request: Request) -> Response:
    """The same of up to 100 movies, to a user or to someone who picks movies that they like and dislike."""
    parts = context(request)
    snapshot = parts.serving.snapshot
    rows = known_rows(snapshot.catalogue, asked.movie_ids)
    if asked.user_id is None:
        explainer = explainer_of_picks(snapshot, *rows_of_picks(snapshot.catalogue, asked.likes, asked.dislikes))
    else:
        check_user(principal_of(request), asked.user_id)
        history, _ = await parts.histories.read(asked.user_id, snapshot.catalogue)
        explainer = explainer_of_user(snapshot, asked.user_id, history)
    items = b",".join(
        [
            b'{"movieId":%b,"explanation":%b}' % (orjson.dumps(movie_id), explanation)
            for movie_id, explanation in zip(asked.movie_ids, explainer.explain(rows), strict=True)
        ]
    )
    return Response(b'{"model":%b,"items":[%b]}' % (snapshot.model_name, items), media_type="application/json")
