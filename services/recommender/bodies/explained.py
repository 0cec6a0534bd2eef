"""Explanations, as they are answered."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from services.recommender.bodies.answer import Answer, BriefMovie, ModelName
from services.recommender.movies.descriptions import Description
from services.recommender.recommending.support import Method
from services.recommender.replica.histories import Recall

EXPLANATION: dict[str, Any] = {
    "method": "shares",
    "score": 4.81213,
    "bias": 0.2061,
    "contributions": [{"share": 2.1, "opinion": "like", "movieId": "3114", "title": "Toy Story 2", "year": 1999}],
    "rest": 2.50603,
    "nearest": [],
    "paths": [
        {
            "movieId": "3114",
            "title": "Toy Story 2",
            "year": 1999,
            "links": [{"way": "director", "ownWay": "director", "name": "John Lasseter", "movies": 5}],
        }
    ],
    "sentence": "Because you liked Toy Story 2 (1999): both directed by John Lasseter.",
}


class Contribution(BriefMovie):
    """A movie of the user's own, and what it adds to the score."""

    share: float
    opinion: Literal["like", "dislike"] = Field(description="What they think of it: a dislike may add to a score, too.")


class NearMovie(BriefMovie):
    """A movie that the user likes, and how alike it is."""

    similarity: float = Field(description="The cosine of the two movies' vectors, -1 to 1.")


class PathLink(Answer):
    """What two movies have in common."""

    way: Description = Field(description="In which way it describes the recommended movie.")
    own_way: Description = Field(
        description="In which way it describes the user's own: another one where someone has directed the one and "
        "plays in the other."
    )
    name: str
    movies: int = Field(description="How many movies have it.")


class ConnectedMovie(BriefMovie):
    """A movie that the user likes, and what connects it with the recommended one."""

    links: list[PathLink] = Field(description="At most three, the one that says most first: a rare thing, a director.")


class Explanation(Answer):
    """Why a movie is recommended."""

    model_config = ConfigDict(json_schema_extra={"example": EXPLANATION})

    method: Method = Field(
        description="`shares`: `bias`, the shares of `contributions`, and `rest` sum up to the score, exactly. "
        "`nearest`: the version knows the user by their id, so their movies have no exact shares; `nearest` names "
        "those most like this one. `popular`: the model has nothing to go by. `new`: the movie came after the last "
        "training. With these two there is no score."
    )
    score: float | None
    bias: float | None = Field(description="The part of the score that has nothing to do with the user.")
    contributions: list[Contribution] = Field(
        description="Movies of the user's own that add to the score, at most three, the largest share first."
    )
    rest: float | None = Field(description="What all their other movies add together; it may be below 0.")
    nearest: list[NearMovie] = Field(description="At most three movies that they like, the most alike first.")
    paths: list[ConnectedMovie] = Field(
        description="The shortest paths in the graph to movies that they like, at most three, the one with the rarest "
        "connection first. They are facts of the graph; the score does not go by them."
    )
    sentence: str = Field(description="The reason in words. Plain text: titles and names in it come from elsewhere.")


class ExplainedMovie(Answer):
    """A movie by its id, and why it is recommended."""

    movie_id: str
    explanation: Explanation


class Explanations(Answer):
    """Why movies are recommended, in the order in which they were asked for."""

    model: ModelName | None
    items: list[ExplainedMovie]


class UserExplanation(ExplainedMovie):
    """Why a movie is recommended to a user."""

    user_id: str
    history: Recall = Field(description="What is known of the user's ratings; see their recommendations.")
    model: ModelName | None
