"""API keys: made, listed and revoked in the graph, which keeps a digest of each and never the key itself.

A key is `mq_ID_SECRET`. Its secret has 192 bits of chance, so that one round of SHA-256 is enough: there is nothing to
guess, as there is of a password.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from shared.errors import ConflictError, NotFoundError
from shared.graph.port import Graph, Record
from shared.graph.state import STATE_KEY
from shared.ids import MAX_ID_CHARACTERS
from shared.schema import API_KEY, GRAPH_STATE

MAX_KEYS: Final = 10_000
"""That are neither revoked nor expired: each recommender holds them in memory, some 0.5 kB each."""
MAX_RATE: Final = 1_000_000
FIRST_KEY_ID: Final = "first"
_PREFIX: Final = "mq_"
_DAY_MILLISECONDS: Final = 86_400_000

_Text = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_ID_CHARACTERS, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")
]


class Scope(StrEnum):
    """What a key is good for."""

    READ = "read"  # recommendations, movies, what users have rated
    EVENTS = "events"  # telling what users do
    ADMIN = "admin"  # all of it: jobs, models, keys, and what the other two may


def expand(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """The scopes with those that they include.

    >>> sorted(expand([Scope.ADMIN]))
    [<Scope.ADMIN: 'admin'>, <Scope.EVENTS: 'events'>, <Scope.READ: 'read'>]
    """
    given = frozenset(scopes)
    return frozenset(Scope) if Scope.ADMIN in given else given


class KeyRequest(BaseModel):
    """What a new key is to be good for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Text
    """Whose it is, or what for: for people."""
    scopes: list[Annotated[Scope, Strict(strict=False)]] = Field(min_length=1, max_length=len(Scope))
    user_id: _Text | None = None
    """The one user whose data it may read and write; everyone's where it is left out."""
    expires_in_days: int | None = Field(default=None, ge=1, le=3_650)
    """It never expires where this is left out."""
    rate_per_minute: int | None = Field(default=None, ge=1, le=MAX_RATE)
    """How many requests it may send; as many as `MARQUEE_RATE_LIMIT_PER_MINUTE` says where this is left out."""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.user_id is not None and Scope.ADMIN in self.scopes:
            raise PydanticCustomError("does_not_fit", "a key with the scope admin can't be bound to one user")
        return self


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as the graph knows it. Times are milliseconds since 1970."""

    key_id: str
    name: str
    scopes: tuple[Scope, ...]
    user_id: str | None
    rate_per_minute: int | None
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    digest: bytes = field(repr=False)

    @classmethod
    def from_record(cls, record: Record) -> "ApiKey":
        """The key that an `ApiKey` node describes."""
        return cls(
            key_id=record["keyId"],
            name=record["name"],
            scopes=tuple(Scope(scope) for scope in record["scopes"].split()),
            user_id=record["userId"],
            rate_per_minute=record["ratePerMinute"],
            created_at=record["createdAt"],
            expires_at=record["expiresAt"],
            revoked_at=record["revokedAt"],
            digest=bytes.fromhex(record["digest"]),
        )

    def is_valid(self, now: int) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def digest_of(token: bytes) -> bytes:
    """What is kept of a key."""
    return hashlib.sha256(token).digest()


def id_of(token: bytes) -> bytes:
    """The id that stands in a key; empty for what is no key of ours.

    >>> id_of(b"mq_3fa9c2d1_c0ffee"), id_of(b"another")
    (b'3fa9c2d1', b'')
    """
    return token[len(_PREFIX) :].partition(b"_")[0] if token.startswith(_PREFIX.encode()) else b""


def create_key(graph: Graph, request: KeyRequest) -> tuple[ApiKey, str]:
    """A new key, and its text, which nobody can find out later.

    Raises:
        ConflictError: there are `MAX_KEYS` already.
    """
    if len(valid_keys(graph)) >= MAX_KEYS:
        raise ConflictError(f"There are {MAX_KEYS:,} keys already. Revoke those that nobody needs.")
    while (made := _put(graph, request, secrets.token_hex(4))) is None:
        pass  # an id that there is
    return made


def create_first_key(graph: Graph) -> str | None:
    """A key with the scope admin, where the graph has never had any key; of several callers one gets it."""
    if graph.find_records(API_KEY, limit=1):
        return None
    made = _put(graph, KeyRequest(name="the first key", scopes=[Scope.ADMIN]), FIRST_KEY_ID)
    return made[1] if made else None


def list_keys(graph: Graph, limit: int) -> list[ApiKey]:
    """Keys, newest first, also those that are no longer valid."""
    return [ApiKey.from_record(record) for record in graph.find_records(API_KEY, newest_by="createdAt", limit=limit)]


def valid_keys(graph: Graph) -> list[ApiKey]:
    """All that are neither revoked nor expired."""
    now = graph.now()
    records = graph.find_records(API_KEY, {"revokedAt": None}, newest_by="createdAt", limit=2 * MAX_KEYS)
    return [key for key in map(ApiKey.from_record, records) if key.is_valid(now)]


def revoke_key(graph: Graph, key_id: str) -> ApiKey:
    """Let a key be good for nothing from now on: every recommender knows within a second. Twice does no harm.

    Raises:
        NotFoundError: there is no such key.
    """
    graph.update_record(API_KEY, key_id, {"revokedAt": graph.now()}, expected={"revokedAt": None})
    record = graph.read_record(API_KEY, key_id)
    if record is None:
        raise NotFoundError(f"There is no key {key_id!r}. `marquee keys list` shows those that there are.")
    _mark(graph)
    return ApiKey.from_record(record)


def read_mark(graph: Graph) -> str | None:
    """Changes whenever keys have changed."""
    state = graph.read_record(GRAPH_STATE, STATE_KEY)
    mark: str | None = state["keysMark"] if state else None
    return mark


def _mark(graph: Graph) -> None:
    graph.update_record(GRAPH_STATE, STATE_KEY, {"keysMark": secrets.token_hex(8)})


def _put(graph: Graph, request: KeyRequest, key_id: str) -> tuple[ApiKey, str] | None:
    """The new key and its text; None where the id is taken."""
    token = f"{_PREFIX}{key_id}_{secrets.token_hex(24)}"
    now = graph.now()
    days = request.expires_in_days
    record = {
        "keyId": key_id,
        "name": request.name,
        "scopes": " ".join(sorted(set(request.scopes))),
        "userId": request.user_id,
        "ratePerMinute": request.rate_per_minute,
        "createdAt": now,
        "expiresAt": None if days is None else now + days * _DAY_MILLISECONDS,
        "revokedAt": None,
        "digest": digest_of(token.encode()).hex(),
    }
    if not graph.create_record(API_KEY, record):
        return None
    _mark(graph)
    return ApiKey.from_record(record), token
