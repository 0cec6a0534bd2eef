"""How many stars a user would give a movie, and how probable it is that they like it."""

from http import HTTPStatus

from fastapi import APIRouter, Request

from services.recommender.bodies.answer import ModelName
from services.recommender.bodies.people import Prediction
from services.recommender.context import context
from services.recommender.http.problems import documented
from services.recommender.replica.histories import Recall
from services.recommender.routes.movies import MovieId
from services.recommender.routes.users import UserId
from shared.errors import NotFoundError

router = APIRouter(tags=["predictions"])


@router.get(
    "/v1/users/{userId:userId}/movies/{movieId:movieId}/prediction",
    summary="The stars that a user would give a movie",
    responses=documented(
        HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
    ),
)
async def predict_rating(request: Request, user_id: UserId, movie_id: MovieId) -> Prediction:
    """Expected stars and the chance of a like, by all that the user has rated up to this moment.

    A rating of this very movie is left out: what comes is what the user's other ratings say. For someone who has rated
    nothing else it is what the average user would give: see `basis`. While the graph is away it goes by what is
    remembered of them, or by nothing: see `history`.
    """
    parts = context(request)
    catalogue = parts.serving.snapshot.catalogue
    catalogue.row(movie_id)  # raises where there is no such movie
    model = parts.ratings.require()
    history, recall = await parts.histories.read(user_id, catalogue)
    if recall is Recall.CURRENT and not history.exists:
        raise NotFoundError(f"There is no user {user_id!r}: nobody of this id has rated anything, nor was ingested.")
    found = model.predict(history, movie_id)
    return Prediction(
        user_id=user_id,
        movie_id=movie_id,
        stars=found.stars,
        like_probability=found.like_probability,
        like_threshold=model.like_threshold,
        basis=found.basis,
        history=recall,
        model=ModelName(version=model.version),
    )
