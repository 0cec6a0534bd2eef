"""Lists of movies, as they are answered."""

from pydantic import Field

from services.recommender.bodies.answer import Answer, ModelName, Movie, ScoredMovie
from services.recommender.bodies.explained import Explanation
from services.recommender.recommending.group import Strategy
from services.recommender.replica.histories import Recall
from services.recommender.scoring.similar import Metric
from shared.recommended import Basis


class MoviePage(Answer):
    """Some of the movies found."""

    items: list[Movie]
    total: int = Field(description="How many were found in all.")
    next_cursor: str | None = Field(description="With `sort=id`: where the next page begins; null after the last.")


class RecommendedMovie(ScoredMovie):
    """A movie with its score and, if asked for, why it is recommended."""

    explanation: Explanation | None = Field(default=None, description="With `explain=true` alone.")


class Recommendations(Answer):
    """Recommended movies, best first."""

    model: ModelName | None = Field(description="The version in service; null before the first.")
    basis: Basis = Field(
        description="What the ranking goes by: `history` and `picks` are scored by the model (larger is better); "
        "`popular` is for whom the model has nothing to go by, and its score is the number of ratings."
    )
    items: list[RecommendedMovie]
    next: str | None = Field(description="The `cursor` of the page after this one; null where this is the last.")


class UserRecommendations(Recommendations):
    """Movies recommended to a user, best first."""

    user_id: str
    history: Recall = Field(
        description="What is known of the user's ratings: `current`; or the graph does not answer now, and they are "
        "`remembered` from an earlier time, or `unread`. `unread` does not mean that there are none: movies that they "
        "have rated may be recommended, and the basis is most often `popular`."
    )


class Member(Answer):
    """One of a group."""

    user_id: str
    has_say: bool = Field(description="Whether they have rated something that the model can go by.")


class GroupRecommendations(Recommendations):
    """Movies recommended to several users together, best first."""

    strategy: Strategy
    members: list[Member]


class SimilarMovies(Answer):
    """Movies like a movie, the most alike first."""

    movie_id: str
    model: ModelName | None
    basis: Basis = Field(
        description="`model`: their vectors. `content`: the model does not know the movie, or there is none; the score "
        "is the larger, the more and the rarer genres, tags and people they share."
    )
    metric: Metric
    larger_is_better: bool = Field(description="Whether a larger score means more alike: not so with `euclidean`.")
    items: list[ScoredMovie]
