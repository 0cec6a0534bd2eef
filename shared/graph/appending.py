"""Requests of events, applied in one transaction. What an event does is decided here alone, for both adapters."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from shared.events import KIND_OF, OPPOSITE, Event, EventRequest, EventType, KeyReused, Outcome, Taken, UnknownMovies
from shared.graph.columns import check_keys
from shared.schema import USER, EdgeKind

CHANGES_KEPT: Final = 1_000
"""So many of the newest changes are kept for those who follow; who is further behind forgets all that they remember."""
_SEQUENCE_DIGITS: Final = 19
NEW: Final = -1
"""Stands for the handle of a relationship that is not there yet."""

Pair = tuple[int, int]
"""The handles of a user and of a movie."""


class Stored(NamedTuple):
    """A relationship that is there: its time, and the store's own number for it, if it has such."""

    time: int
    handle: int = 0


class Put(NamedTuple):
    """A relationship to write: over the one with this handle, or a new one."""

    pair: Pair
    time: int
    rating: float | None
    handle: int


class Delete(NamedTuple):
    """A relationship to delete."""

    pair: Pair
    handle: int


class Writes(NamedTuple):
    """What is to be done with relationships of one kind; a pair is named once."""

    kind: EdgeKind
    puts: Sequence[Put]
    deletes: Sequence[Delete]


class Receipt(NamedTuple):
    """What was taken under an idempotency key."""

    digest: str
    sequence: int


class State(NamedTuple):
    """The `GraphState`'s `eventSeq` and `eventCount`, and the store's clock."""

    sequence: int
    taken: int
    now: int


class EventTransaction(ABC):
    """What an adapter does within one transaction. `lock` comes first."""

    @abstractmethod
    def lock(self) -> State:
        """Keep all other transactions of events out until the end of this one: `eventSeq` grows as they commit."""

    @abstractmethod
    def receipts(self, keys: Sequence[str]) -> dict[str, Receipt]:
        """What was taken under those of `keys` that were used."""

    @abstractmethod
    def movies(self, ids: Sequence[str]) -> dict[str, int]:
        """The handles of those movies that exist."""

    @abstractmethod
    def users(self, ids: Sequence[str]) -> dict[str, int]:
        """The handles of all users; those that do not exist are made."""

    @abstractmethod
    def stored(self, wanted: Sequence[tuple[EdgeKind, Sequence[Pair]]]) -> list[dict[Pair, Stored]]:
        """For each kind the relationships that are there between some pairs."""

    @abstractmethod
    def write(self, writes: Sequence[Writes]) -> None:
        """Write and delete relationships, those of each kind once."""

    @abstractmethod
    def keep(self, receipts: Sequence[tuple[str, Receipt]], now: int) -> None:
        """Write a receipt for each key."""

    @abstractmethod
    def announce(self, state: State, users: str) -> None:
        """Write the new state, and the change that it comes with; delete changes that are no longer kept."""


def append(transaction: EventTransaction, requests: Sequence[EventRequest]) -> list[Outcome]:
    """Apply requests one after the other, each whole or not at all; what became of each, in their order."""
    state = transaction.lock()
    known_keys = [request.key for request in requests if request.key is not None]
    receipts = transaction.receipts(known_keys) if known_keys else {}
    movies = transaction.movies(_distinct(event.movie_id for request in requests for event in request.events))
    sequence = state.sequence + 1
    outcomes: list[Outcome] = []
    taken: list[Event] = []
    new: list[tuple[str, Receipt]] = []
    for request in requests:
        outcome = _outcome(request, receipts, movies, sequence)
        outcomes.append(outcome)
        if outcome != Taken(sequence):
            continue
        taken += request.events
        if request.key is not None:
            receipts[request.key] = Receipt(request.digest, sequence)
            new.append((request.key, receipts[request.key]))
    if taken:
        user_ids = _distinct(event.user_id for event in taken)
        check_keys(USER, user_ids)
        _apply(transaction, taken, transaction.users(user_ids), movies, state.now)
        if new:
            transaction.keep(new, state.now)
        announce(transaction, state._replace(taken=state.taken + len(taken)), user_ids)
    return outcomes


def announce(transaction: EventTransaction, state: State, user_ids: Sequence[str]) -> int:
    """Say that relationships of users have changed; returns the `eventSeq` that says so."""
    sequence = state.sequence + 1
    transaction.announce(state._replace(sequence=sequence), json.dumps(user_ids, ensure_ascii=False))
    return sequence


def change_id(sequence: int) -> str:
    """The key of a change, so that keys sort as numbers do.

    >>> change_id(42)
    '0000000000000000042'
    """
    return f"{sequence:0{_SEQUENCE_DIGITS}}"


def _outcome(request: EventRequest, receipts: dict[str, Receipt], movies: dict[str, int], sequence: int) -> Outcome:
    if request.key is not None and (earlier := receipts.get(request.key)):
        is_same = earlier.digest == request.digest
        return Taken(earlier.sequence, is_repeated=True) if is_same else KeyReused(request.key)
    if unknown := [place for place, event in enumerate(request.events) if event.movie_id not in movies]:
        return UnknownMovies(tuple(unknown))
    return Taken(sequence)


def _distinct(ids: Iterable[str]) -> list[str]:
    """In order, so that transactions lock nodes in one order."""
    return sorted(set(ids))


class _Relationships:
    """Those of one type between the pairs in question: as they are stored, and as the events leave them."""

    def __init__(self, stored: dict[Pair, Stored]) -> None:
        self._stored = stored
        self._changed: dict[Pair, Put | None] = {}

    def time(self, pair: Pair) -> int | None:
        """When a pair's was said; None where there is none."""
        there = self._changed[pair] if pair in self._changed else self._stored.get(pair)
        return there.time if there else None

    def put(self, pair: Pair, time: int, rating: float | None) -> None:
        """There is one from now on."""
        there = self._stored.get(pair)
        self._changed[pair] = Put(pair, time, rating, there.handle if there else NEW)

    def delete(self, pair: Pair) -> None:
        """There is none from now on."""
        self._changed[pair] = None

    def puts(self) -> list[Put]:
        """What is to be written."""
        return [put for put in self._changed.values() if put]

    def deletes(self) -> list[Delete]:
        """What is to be deleted of what is stored."""
        gone = (pair for pair, put in self._changed.items() if put is None and pair in self._stored)
        return [Delete(pair, self._stored[pair].handle) for pair in gone]


def _apply(
    transaction: EventTransaction, events: Sequence[Event], users: dict[str, int], movies: dict[str, int], now: int
) -> None:
    pairs = [(users[event.user_id], movies[event.movie_id]) for event in events]
    wanted: dict[EventType, dict[Pair, None]] = {}
    for event, pair in zip(events, pairs, strict=True):
        for type_ in (event.type, OPPOSITE.get(event.type)):
            if type_ is not None:
                wanted.setdefault(type_, {})[pair] = None
    stored = transaction.stored([(KIND_OF[type_], list(of_type)) for type_, of_type in wanted.items()])
    of = {type_: _Relationships(of_type) for type_, of_type in zip(wanted, stored, strict=True)}
    for event, pair in zip(events, pairs, strict=True):
        _apply_one(event, pair, now if event.time is None else min(event.time, now), of)
    transaction.write([Writes(KIND_OF[type_], there.puts(), there.deletes()) for type_, there in of.items()])


def _apply_one(event: Event, pair: Pair, time: int, of: dict[EventType, _Relationships]) -> None:
    """What is stored with a later time stays, whichever comes in first."""
    mine = of[event.type]
    there = mine.time(pair)
    if there is not None and there > time:
        return
    if event.undo:
        if there is not None:
            mine.delete(pair)
        return
    if opposite := OPPOSITE.get(event.type):
        other = of[opposite].time(pair)
        if other is not None and other > time:
            return
        if other is not None:
            of[opposite].delete(pair)
    mine.put(pair, time, event.rating)
