"""What users do with movies, as it is taken in: events, requests of many of them, and what becomes of a request."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple

from shared.schema import DISLIKED, HIDDEN, LIKED, RATED, VIEWED, WATCHLISTED, EdgeKind

MAX_EVENTS: Final = 10_000
"""So many events a request has at most."""


class EventType(StrEnum):
    """What a user did with a movie."""

    RATE = "rate"  # gave it stars
    LIKE = "like"
    DISLIKE = "dislike"
    VIEW = "view"
    HIDE = "hide"  # does not want to have it recommended
    WATCHLIST = "watchlist"  # means to see it


KIND_OF: Final[Mapping[EventType, EdgeKind]] = {
    EventType.RATE: RATED,
    EventType.LIKE: LIKED,
    EventType.DISLIKE: DISLIKED,
    EventType.VIEW: VIEWED,
    EventType.HIDE: HIDDEN,
    EventType.WATCHLIST: WATCHLISTED,
}
"""The relationship that an event makes, or renews, or with `undo` takes away."""
OPPOSITE: Final[Mapping[EventType, EventType]] = {
    EventType.LIKE: EventType.DISLIKE,
    EventType.DISLIKE: EventType.LIKE,
}
"""Of two opposites a user has at most one for a movie: the newer."""
LEFT_OUT: Final = (RATED, LIKED, DISLIKED, VIEWED, HIDDEN)
"""A movie that a user has one of these with is not recommended to them. One on the watchlist is."""


class Event(NamedTuple):
    """One thing that a user did.

    Attributes:
        type: what.
        user_id: who; they come into being with their first event.
        movie_id: with which movie.
        rating: in stars, of `RATE` that is not undone.
        time: milliseconds since 1970; None, or a time to come: the moment when it is written.
        undo: takes it back: the relationship goes, unless it is later than this.
    """

    type: EventType
    user_id: str
    movie_id: str
    rating: float | None = None
    time: int | None = None
    undo: bool = False


@dataclass(frozen=True)
class EventRequest:
    """Some events that count all together or not at all.

    Attributes:
        events: in their order, which decides between events of one moment.
        key: tells this request from all others, so that one that is sent again counts once; None: it may count again.
    """

    events: Sequence[Event]
    key: str | None = None

    @cached_property
    def digest(self) -> str:
        """Tells what the request says from what others say."""
        return hashlib.sha256(json.dumps(self.events).encode()).hexdigest()


class Taken(NamedTuple):
    """The request is in the graph, and will not be lost: it was written with this `eventSeq`, now or earlier."""

    sequence: int
    is_repeated: bool = False


class UnknownMovies(NamedTuple):
    """Nothing was written: the events at these places name movies that do not exist."""

    places: tuple[int, ...]


class KeyReused(NamedTuple):
    """Nothing was written: an earlier request with this key said something else."""

    key: str


Outcome = Taken | UnknownMovies | KeyReused
"""What becomes of a request."""


class Change(NamedTuple):
    """Relationships of these users were changed with this `eventSeq`."""

    sequence: int
    user_ids: tuple[str, ...]


class Changes(NamedTuple):
    """What has changed up to `sequence`, in order; None where it can't be told any more, so anything may have."""

    sequence: int
    changes: tuple[Change, ...] | None
