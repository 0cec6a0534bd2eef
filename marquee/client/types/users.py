"""Users, what they rate, and what they do. The names are those of the JSON."""

from typing import Any, Literal, NotRequired, TypedDict


class UserAnswer(TypedDict):
    """A user."""

    userId: str
    gender: str | None
    age: int | None
    occupation: str | None


class UserList(TypedDict):
    """Users by their ids."""

    items: list[UserAnswer]
    nextCursor: str | None


class UserExport(TypedDict):
    """All that the graph holds of a user."""

    user: UserAnswer
    relationships: dict[str, list[dict[str, Any]]]
    exportedAt: str


class UserBody(TypedDict, total=False):
    """A user as they are to be."""

    gender: str | None
    age: int | None
    occupation: str | None


class UserItem(UserBody):
    """A user of a batch."""

    userId: str


class RatingAnswer(TypedDict):
    """A rating."""

    movieId: str
    rating: float
    ratedAt: str | None


class RatingList(TypedDict):
    """A user's ratings, newest first."""

    items: list[RatingAnswer]
    nextCursor: str | None


class RatingsWritten(TypedDict):
    """A batch is written."""

    written: int


class RatingBody(TypedDict):
    """A rating as it is to be."""

    rating: float
    ratedAt: NotRequired[int | None]


class RatingItem(RatingBody):
    """A rating of a batch."""

    movieId: str


EventType = Literal["rate", "like", "dislike", "view", "hide", "watchlist"]


class EventBody(TypedDict):
    """One thing that a user did with a movie; `time` is RFC 3339 with a zone, or milliseconds since 1970."""

    type: EventType
    userId: str
    movieId: str
    rating: NotRequired[float | None]
    time: NotRequired[int | str | None]
    undo: NotRequired[bool]


class EventsTaken(TypedDict):
    """Events that are in the graph and last."""

    accepted: int
    sequence: int
