"""The graph, declared once as data.

Constraints, SQLite tables, and the read and write queries of both adapters are derived from `NODE_KINDS` and
`EDGE_KINDS`, so a new kind of node costs one entry here and no query.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SCHEMA_VERSION: Final = 3


class PropertyType(StrEnum):
    """What a property holds, and the type of a column of it.

    | type | numpy column | missing |
    | --- | --- | --- |
    | STRING | object (str) | None |
    | INT | int64 | `MISSING_INT` |
    | FLOAT | float64 | NaN |
    | BOOL | bool | False |
    """

    STRING = "string"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"


MISSING_INT: Final = -(2**63)
"""Stands for a missing value in a column of whole numbers, where numpy has no NaN."""


class Slot(StrEnum):
    """One of the two places for a model's vectors. The one that is not served is the one that is written."""

    A = "A"
    B = "B"

    @property
    def other(self) -> "Slot":
        """The slot that is not this one."""
        return Slot.B if self is Slot.A else Slot.A


@dataclass(frozen=True, slots=True)
class Property:
    """A named, typed property of a node or a relationship.

    A large one is no part of a node's record, so that lists don't drag it along; it is read alone.
    """

    name: str
    type: PropertyType
    is_large: bool = False


@dataclass(frozen=True, slots=True)
class SlotProperty:
    """A property that a model version writes, once for each slot: `embedding` becomes `embeddingA`, `embeddingB`.

    A vector is a list of floats, all of one width within a slot; otherwise it is a single float.
    """

    name: str
    is_vector: bool = True
    is_indexed: bool = False  # whether each slot gets a vector index (cosine) where the store has such

    def in_slot(self, slot: Slot) -> str:
        """The property's name in `slot`.

        >>> SlotProperty("embedding").in_slot(Slot.A)
        'embeddingA'
        """
        return f"{self.name}{slot.value}"


@dataclass(frozen=True, slots=True)
class NodeKind:
    """A kind of node: its label, the property that identifies it (a string, unique), and what else it has.

    `slots` tells kinds apart that are the same nodes with slots of their own: models of several pointers have each two
    slots, and none touches another's.
    """

    label: str
    key: str
    properties: tuple[Property, ...] = ()
    slot_properties: tuple[SlotProperty, ...] = ()
    slots: str = ""

    def record_properties(self) -> tuple[str, ...]:
        """The names of what a record holds: the key, and all properties but large ones."""
        return (self.key, *(p.name for p in self.properties if not p.is_large))

    def property(self, name: str) -> Property:
        """The property called `name`, the key included.

        Raises:
            KeyError: this kind has no such property.
        """
        if name == self.key:
            return Property(self.key, PropertyType.STRING)
        return _named(self.properties, name, self.label)


@dataclass(frozen=True, slots=True)
class EdgeKind:
    """A kind of relationship. Between two nodes there is at most one of each kind.

    Where `latest_by` names a property (a time), a write replaces an older value and leaves a newer one alone. Where
    `generation` names a property (a text), there is at most one of each generation: a new generation is written beside
    the old (`Graph.put_generation`), and some record says which one counts. Where `remembers` names a property of the
    source, `Graph.move_pointer` writes there, in the same step, the key of the node that was pointed to before.
    `is_indexed_by_target` makes those of one target quick to find in a store that keeps them by source.
    """

    type: str
    source: NodeKind
    target: NodeKind
    properties: tuple[Property, ...] = ()
    latest_by: str | None = None
    generation: str | None = None
    remembers: str | None = None
    is_indexed_by_target: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """What tells one relationship of the kind from all others, beside its two ends."""
        return (self.generation,) if self.generation else ()

    def property(self, name: str) -> Property:
        """The property called `name`.

        Raises:
            KeyError: this kind has no such property.
        """
        return _named(self.properties, name, self.type)


def _named(properties: tuple[Property, ...], name: str, owner: str) -> Property:
    for candidate in properties:
        if candidate.name == name:
            return candidate
    known = ", ".join(p.name for p in properties) or "none"
    raise KeyError(f"{owner} has no property {name!r}; it has: {known}")


def _string(*names: str) -> Iterator[Property]:
    return (Property(name, PropertyType.STRING) for name in names)


def _int(*names: str) -> Iterator[Property]:
    return (Property(name, PropertyType.INT) for name in names)


def _float(*names: str) -> Iterator[Property]:
    return (Property(name, PropertyType.FLOAT) for name in names)


# --- people, movies and what describes them. Times are milliseconds since 1970 in UTC. ---

USER: Final = NodeKind(
    "User",
    "userId",
    (*_string("gender", "occupation"), *_int("age")),
    (SlotProperty("embedding"),),  # not indexed: decision 11
)
MOVIE: Final = NodeKind(
    "Movie",
    "movieId",
    # posterPath: below an address that recommenders are given
    # properties: the declared ones (`shared.own_properties`), as JSON
    (*_string("title", "imdbId", "tmdbId", "posterPath", "language", "properties"), *_int("year")),
    (
        SlotProperty("embedding", is_indexed=True),  # how a movie is scored, and compared with others
        SlotProperty("inputEmbedding"),  # what a movie adds to a user who liked it
        SlotProperty("bias", is_vector=False),
    ),
)
MOVIE_RATING: Final = NodeKind(
    "Movie",
    "movieId",
    slot_properties=(
        SlotProperty("ratingInput"),  # what a movie adds to a user who has rated it, by levels: see `shared.rating`
        SlotProperty("ratingOutput"),  # how a movie's stars are predicted
    ),
    slots="Rating",
)
"""The movies as rating models see them: the nodes of `MOVIE`, with two slots of their own."""
GENRE: Final = NodeKind("Genre", "name")
TAG: Final = NodeKind("Tag", "name")
PERSON: Final = NodeKind("Person", "personId", tuple(_string("name")))
YEAR: Final = NodeKind("Year", "name")
MOVIE_PROPERTY: Final = NodeKind("MovieProperty", "name", tuple(_string("type")))
"""A property that movies may have beside those of the schema: see `shared.own_properties`."""

RATED: Final = EdgeKind("RATED", USER, MOVIE, (*_float("rating"), *_int("ratedAt")), latest_by="ratedAt")


def _said(type_: str) -> EdgeKind:
    """What a user did with a movie, and when, in a kind of its own."""
    return EdgeKind(type_, USER, MOVIE, tuple(_int("at")), latest_by="at")


# What events say (`shared.events`). Of LIKED and DISLIKED a user has at most one for a movie: the newer.
LIKED: Final = _said("LIKED")
DISLIKED: Final = _said("DISLIKED")
VIEWED: Final = _said("VIEWED")
HIDDEN: Final = _said("HIDDEN")
WATCHLISTED: Final = _said("WATCHLISTED")

IN_GENRE: Final = EdgeKind("IN_GENRE", MOVIE, GENRE)
HAS_TAG: Final = EdgeKind("HAS_TAG", MOVIE, TAG, tuple(_int("count")))
RELEASED_IN: Final = EdgeKind("RELEASED_IN", MOVIE, YEAR)
ACTED_IN: Final = EdgeKind("ACTED_IN", PERSON, MOVIE, tuple(_int("order")), is_indexed_by_target=True)
DIRECTED: Final = EdgeKind("DIRECTED", PERSON, MOVIE, is_indexed_by_target=True)

# What a batch recommends to every user, best first from rank 1. Those of the batch that `RECOMMENDATIONS` names count.
RECOMMENDED: Final = EdgeKind(
    "RECOMMENDED",
    USER,
    MOVIE,
    (*_int("rank"), *_float("score"), *_string("version", "basis", "batchId")),
    generation="batchId",
)
RECOMMENDATIONS: Final = NodeKind("Recommendations", "name", (*_string("batchId", "version"), *_int("writtenAt")))

# --- models and jobs ---

MODEL_VERSION: Final = NodeKind(
    "ModelVersion",
    "version",
    (
        # JSON where structured; `pointer` is missing in versions from before there was a second one, which all rank
        *_string("state", "slot", "pointer", "parameters", "metrics", "checksum", "jobId"),
        *_int("createdAt", "movies", "users", "width"),
        Property("report", PropertyType.STRING, is_large=True),  # JSON, some 20 kB
        Property("page", PropertyType.STRING, is_large=True),  # the report as HTML, at most 1 MB
        Property("map", PropertyType.STRING, is_large=True),  # `shared.movie_map` as JSON, some 100 kB
    ),
)
# `previous` is the version that was served before; graphs from before it was kept have none until a pointer moves.
SERVED_MODEL: Final = NodeKind("ServedModel", "name", tuple(_string("previous")))
SERVES: Final = EdgeKind("SERVES", SERVED_MODEL, MODEL_VERSION, remembers="previous")

JOB: Final = NodeKind(
    "Job",
    "jobId",
    (
        *_string("kind", "state", "payload", "stage", "owner", "error", "errorType", "result", "partOf"),
        *_string("requestId", "traceParent"),  # of who asked for it by REST
        *_int("createdAt", "sentAt", "startedAt", "finishedAt", "leaseUntil", "fence", "logLines"),
        *_float("progress", "stageProgress", "secondsLeft"),
        Property("cancelRequested", PropertyType.BOOL),
    ),
)
# Fifty lines of a job's log, JSON (`shared.job_log`); the key is the job's id and the part's number.
JOB_LOG: Final = NodeKind(
    "JobLog", "partId", (*_string("jobId"), Property("lines", PropertyType.STRING, is_large=True))
)
JOB_QUEUE: Final = NodeKind("JobQueue", "kind", tuple(_string("runningJobId")))

# What is asked for again and again: JSON in `payload`. `runs` grows with each run and each change, so that of several
# workers that see one due, one asks for it (`shared.schedules`).
SCHEDULE: Final = NodeKind(
    "Schedule",
    "scheduleId",
    (
        *_string("kind", "payload", "cron", "timeZone", "lastJobId", "lastError"),
        *_int("createdAt", "everyEvents", "lastRunAt", "lastEventCount", "nextRunAt", "runs"),
        Property("enabled", PropertyType.BOOL),
    ),
)

# A trial of a study: settings that were tried, and how good they were on validation. `jobId` and `fence` say whose.
TRIAL: Final = NodeKind(
    "Trial",
    "trialId",
    (
        *_string("studyId", "state", "jobId", "parameters", "recipe", "curve", "error"),  # JSON where structured
        *_int("number", "fence", "attempts", "createdAt", "finishedAt"),
        *_float("value", "seconds"),
    ),
)
# What trainings of a family begin from instead of the defaults, because the gate has agreed to it.
TUNED_SETTINGS: Final = NodeKind(
    "TunedSettings",
    "family",
    (*_string("settings", "recipe", "study", "jobId"), *_int("trial", "createdAt"), *_float("likeThreshold")),
)

# Who may call the REST interface. Of the key itself only a digest is kept; `scopes` are parted by spaces.
API_KEY: Final = NodeKind(
    "ApiKey",
    "keyId",
    (*_string("name", "scopes", "userId", "digest"), *_int("ratePerMinute", "createdAt", "expiresAt", "revokedAt")),
)

# People who log in. `login` is normalised; `LoginName` makes it unique. `ownUserId` is the user that came with the
# account, `userId` the one that it speaks for now: an admin may link it to a user of the data. Of passwords there is a
# hash alone.
ACCOUNT: Final = NodeKind(
    "Account",
    "accountId",
    (
        *_string("login", "displayName", "passwordHash", "userId", "ownUserId"),
        *_int("createdAt", "disabledAt", "logins"),
        Property("isAdmin", PropertyType.BOOL),
    ),
)
LOGIN_NAME: Final = NodeKind("LoginName", "login", tuple(_string("accountId")))
# That a browser is logged in, in one of its account's places (`shared.sessions`); of its token there is a digest alone.
SESSION: Final = NodeKind(
    "Session", "sessionId", (*_string("accountId", "digest"), *_int("createdAt", "lastSeenAt", "expiresAt"))
)

# One node that every reader can watch: `revision` grows whenever an ingest has changed the catalogue, `eventSeq` with
# each change of users' relationships that is announced, and `eventCount` is how many events were ever taken; `keysMark`
# is another one whenever API keys have changed, `sessionsMark` whenever sessions or accounts are not what they were.
# `migrator` names the process that is bringing an older graph to this schema (`shared.graph.migrations`).
GRAPH_STATE: Final = NodeKind(
    "GraphState",
    "name",
    (
        *_int("schemaVersion", "revision", "migratingUntil", "eventSeq", "eventCount"),
        *_string("migrator", "keysMark", "sessionsMark"),
    ),
)

# Whose relationships changed with an `eventSeq`. The key is that number with zeros before it, so that keys sort as
# numbers do; `users` is a list of user ids in JSON.
CHANGE: Final = NodeKind("Change", "changeId", (*_int("at"), *_string("users")))
# That a request with an idempotency key was taken: `digest` of what it said, and the `eventSeq` that it was given.
RECEIPT: Final = NodeKind("Receipt", "receiptId", (*_int("eventSeq", "at"), *_string("digest")))

NODE_KINDS: Final = (
    USER, MOVIE, GENRE, TAG, PERSON, YEAR, RECOMMENDATIONS, MODEL_VERSION, SERVED_MODEL, JOB, JOB_LOG, JOB_QUEUE,
    SCHEDULE, TRIAL, TUNED_SETTINGS, API_KEY, ACCOUNT, LOGIN_NAME, SESSION, GRAPH_STATE, CHANGE, RECEIPT,
    MOVIE_PROPERTY,
)  # fmt: skip
SLOT_KINDS: Final = (USER, MOVIE, MOVIE_RATING)
"""The kinds that have slots. One with `slots` of its own is a view of nodes that another kind of the label makes."""
EDGE_KINDS: Final = (
    RATED, LIKED, DISLIKED, VIEWED, HIDDEN, WATCHLISTED, IN_GENRE, HAS_TAG, RELEASED_IN, ACTED_IN, DIRECTED,
    RECOMMENDED, SERVES,
)  # fmt: skip
