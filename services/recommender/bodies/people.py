"""Who is alike, who would like a movie, and how many stars they would give, as it is answered."""

from pydantic import Field

from services.recommender.bodies.answer import Answer, ModelName
from services.recommender.replica.histories import Recall
from services.recommender.replica.ratings import PredictionBasis
from shared.recommended import Basis


class SimilarUser(Answer):
    """A user with how alike they are."""

    user_id: str = Field(examples=["1"])
    score: float = Field(description="The cosine of the two users' vectors, -1 to 1.", examples=[0.71])


class SimilarUsers(Answer):
    """Users like a user, the most alike first."""

    user_id: str
    history: Recall
    basis: Basis = Field(description="`history`, or `nothing`: there is nothing to compare the user by.")
    model: ModelName | None
    items: list[SimilarUser]


class Viewer(Answer):
    """A user who would like a movie."""

    user_id: str = Field(examples=["1"])
    score: float = Field(description="The model's score of the movie for them; larger is better.", examples=[3.2])
    has_rated: bool = Field(description="Whether they have rated the movie.")


class Audience(Answer):
    """The users who would like a movie most, best first."""

    movie_id: str
    basis: Basis = Field(
        description="`model`; `content`: the model does not know the movie, and goes by those that share most with it; "
        "`nothing`: there is nothing to go by."
    )
    model: ModelName | None
    items: list[Viewer]


class Prediction(Answer):
    """What a user would think of a movie."""

    user_id: str
    movie_id: str
    stars: float = Field(description="The expected rating, on the scale of the ratings.", examples=[3.87])
    like_probability: float = Field(
        description="How probable it is that the user gives `likeThreshold` stars or more, 0 to 1.", examples=[0.62]
    )
    like_threshold: float = Field(examples=[4.0])
    basis: PredictionBasis = Field(
        description="`history`: what the user has rated, this movie aside. `average`: they have rated nothing else "
        "that the model knows, so this is what the average user would give."
    )
    history: Recall = Field(
        description="What is known of the user's ratings: `current`; or the graph does not answer now, and they are "
        "`remembered` from an earlier time, or `unread`."
    )
    model: ModelName
