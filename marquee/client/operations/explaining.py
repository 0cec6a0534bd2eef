"""Why movies are recommended, and what a user would think of one."""

from typing import Unpack

from marquee.client.operation import operation
from marquee.client.request import Request
from marquee.client.types.recommendations import Explanations, ExplanationsRequest, Prediction, UserExplanation


class Explaining:
    """Why movies are recommended, and what a user would think of one."""

    @operation
    def explanation(self, user_id: str, movie_id: str) -> Request[UserExplanation]:
        """Why a movie is recommended to a user: shares of the score, paths in the graph, and a sentence."""
        ids = {"userId": user_id, "movieId": movie_id}
        return Request("GET", "/v1/users/{userId}/movies/{movieId}/explanation", ids)

    @operation
    def explanations(self, **asked: Unpack[ExplanationsRequest]) -> Request[Explanations]:
        """The same of up to 100 movies, to a user or to someone who picks movies."""
        return Request("POST", "/v1/explanations", json=asked, repeats=True)

    @operation
    def prediction(self, user_id: str, movie_id: str) -> Request[Prediction]:
        """How many stars a user would give a movie; needs a model of stars."""
        ids = {"userId": user_id, "movieId": movie_id}
        return Request("GET", "/v1/users/{userId}/movies/{movieId}/prediction", ids)
