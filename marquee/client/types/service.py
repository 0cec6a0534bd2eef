"""Keys, and how a recommender is. The names are those of the JSON."""

from typing import Literal, NotRequired, TypedDict

from marquee.client.types.recommendations import ModelName

Scope = Literal["read", "events", "admin"]


class KeyBody(TypedDict):
    """What a new key is to be good for."""

    name: str
    scopes: list[Scope]
    userId: NotRequired[str | None]
    expiresInDays: NotRequired[int | None]
    ratePerMinute: NotRequired[int | None]


class KeyAnswer(TypedDict):
    """An API key, but for the key itself."""

    keyId: str
    name: str
    scopes: list[Scope]
    userId: str | None
    ratePerMinute: int | None
    createdAt: str
    expiresAt: str | None
    revokedAt: str | None
    isValid: bool


class NewKey(KeyAnswer):
    """A new API key."""

    key: str


class KeyList(TypedDict):
    """API keys, newest first."""

    items: list[KeyAnswer]


class Health(TypedDict, total=False):
    """The process answers."""

    status: Literal["ok"]


class Readiness(TypedDict):
    """Requests can be answered."""

    status: NotRequired[Literal["ready"]]
    model: ModelName | None
    ratingModel: ModelName | None
    movies: int
    scoredMovies: int
    revision: int
    ageSeconds: float
    graph: Literal["here", "away"]
    graphSeenSecondsAgo: float | None
    versionsInMemory: list[str]
    vectorsBytes: int
    memoryBytes: int | None
