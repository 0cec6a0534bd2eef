"""What users have rated and said: read from the graph once, and remembered until the graph tells that it changed."""

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np

from services.recommender.movies.catalogue import Catalogue
from services.recommender.replica.pulse import Pulse
from services.recommender.scoring.model import EncodedUser
from shared.errors import MarqueeError
from shared.events import LEFT_OUT, Changes
from shared.graph import Graph
from shared.graph.columns import codes
from shared.graph.port import Array, Columns
from shared.opinions import DISLIKES, are_likes, opinions
from shared.schema import DISLIKED, LIKED, RATED

_THREADS: Final = 8  # reads at once; a graph that is slow for one user need not be so for the next
_MAX_READS: Final = 1_000  # waiting at once; beyond it answers are given without them
_STALE_AFTER_SECONDS: Final = 0.25  # what is remembered is good enough if the graph takes longer than this
FOLLOWED_SECONDS: Final = 1.0
"""What is remembered is current for so long after the graph was last asked what has changed: the promise to clients."""
_READ: Final = [(kind, [p.name for p in kind.properties]) for kind in LEFT_OUT]

log = logging.getLogger(__name__)


class Recall(StrEnum):
    """How far what is known of a user can be trusted."""

    CURRENT = "current"  # as it is in the graph, but for the time that it may be remembered
    REMEMBERED = "remembered"  # older: the graph does not answer now
    UNREAD = "unread"  # nothing is known: the graph does not answer, and nothing is remembered


@dataclass(slots=True, eq=False)
class History:
    """What one user has done with n movies, none of which is recommended to them.

    Attributes:
        movies: their ids, object (str) [n]: an array, which Python's garbage collector does not look through. The lists
            of a hundred thousand users made each of its full collections half a second long.
        ratings: of these, in stars, float64[n]; NaN of those not rated.
        said: int8[n], `shared.opinions.LIKES` or `DISLIKES` where that was said last, and else 0.
        exists: whether the graph knows the user; true where it could not be asked.
        encoded: what a model made of it, kept beside it for the next request.
    """

    movies: Array
    ratings: Array
    said: Array
    exists: bool = True
    encoded: EncodedUser | None = None

    def likes(self, threshold: float) -> Array:
        """Which of the movies they like, bool[n]: said so, or gave at least `threshold` stars."""
        return are_likes(self.ratings, self.said, threshold)

    @property
    def dislikes(self) -> Array:
        """Which of the movies they said that they dislike, bool[n]."""
        return np.equal(self.said, DISLIKES)


@dataclass(slots=True)
class _Entry:
    history: History
    expires_at: float
    revision: int
    sequence: int
    is_current: bool = True


@dataclass(slots=True)
class Histories:
    """A cache of histories, least recently used out first. Lives in the event loop; reads run in its threads.

    What is remembered of a user is current for as long as this is told what changes in the graph, and how far it is.

    Args:
        graph: where they are read.
        pulse: tells whether the graph answers; while it is away, nothing is asked of it.
        ttl_seconds: how long one is remembered at most.
        max_users: how many are.
        wait_seconds: how long a request waits for one.
        clock: seconds, for tests.
    """

    graph: Graph
    pulse: Pulse
    ttl_seconds: float
    max_users: int
    wait_seconds: float
    clock: Callable[[], float] = time.monotonic
    lookups: int = 0
    """How often `fresh` was asked, and how often (`hits`) it had an answer."""
    hits: int = 0
    _entries: OrderedDict[str, _Entry] = field(default_factory=OrderedDict)
    _reads: dict[str, asyncio.Task[History]] = field(default_factory=dict)
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_THREADS, thread_name_prefix="history")
    )
    _sequence: int = 0
    """The newest `eventSeq` that is known: what is read from now on holds all that was written up to it."""
    _followed_at: float = -math.inf

    def fresh(self, user_id: str, revision: int) -> History | None:
        """What is remembered of a user, unless it may no longer be so or the graph has since got another `revision`."""
        self.lookups += 1
        entry = self._entries.get(user_id)
        if entry is None or entry.revision != revision or not entry.is_current:
            return None
        if (now := self.clock()) >= entry.expires_at or now >= self._followed_at + FOLLOWED_SECONDS:
            return None
        self.hits += 1
        self._entries.move_to_end(user_id)
        return entry.history

    def changed(self, user_ids: Iterable[str], sequence: int) -> None:
        """Relationships of these users were written with this `eventSeq`: what was read before does not hold them."""
        self._sequence = max(self._sequence, sequence)
        for user_id in user_ids:
            entry = self._entries.get(user_id)
            if entry is not None and entry.sequence < sequence:
                entry.is_current = False
            self._reads.pop(user_id, None)  # whoever asks from now on gets a read that begins now

    def follow(self, changes: Changes, asked_at: float) -> None:
        """What the graph said when it was asked, at `asked_at` of the clock, what has changed since the last time."""
        if changes.changes is None:  # also where somebody was erased: nothing of them may stay in memory
            self._entries.clear()
            self._reads.clear()
            self._sequence = changes.sequence  # smaller than before where a backup was put back
        else:
            for change in changes.changes:
                self.changed(change.user_ids, change.sequence)
        self._followed_at = asked_at

    async def get(self, user_id: str, catalogue: Catalogue) -> tuple[History, Recall]:
        """What is remembered of a user, if that is fresh, and else what `read` gives."""
        history = self.fresh(user_id, catalogue.revision)
        return (history, Recall.CURRENT) if history is not None else await self.read(user_id, catalogue)

    async def read(self, user_id: str, catalogue: Catalogue) -> tuple[History, Recall]:
        """A user's history out of the graph, empty for an unknown user; who asks at the same moment shares the read.

        Where the graph is away or slow, what is remembered is given, however old, and else nothing: an empty history.
        """
        remembered = self._entries.get(user_id)
        read = None if self.pulse.is_away else self._reads.get(user_id) or self._start(user_id, catalogue)
        if read is not None:
            is_good = remembered is not None and remembered.is_current  # but for its age
            wait = min(self.wait_seconds, _STALE_AFTER_SECONDS) if is_good else self.wait_seconds
            await asyncio.wait([read], timeout=wait)
            if read.done() and (history := _result(read, user_id)) is not None:
                return history, Recall.CURRENT
        if remembered is not None:
            return remembered.history, Recall.REMEMBERED
        return _empty(), Recall.UNREAD

    def _start(self, user_id: str, catalogue: Catalogue) -> "asyncio.Task[History] | None":
        """Begin to read; None where too many reads wait already."""
        if len(self._reads) >= _MAX_READS:
            return None
        read = self._reads[user_id] = asyncio.create_task(self._read(user_id, catalogue))
        read.add_done_callback(_look_at_error)
        return read

    async def _read(self, user_id: str, catalogue: Catalogue) -> History:
        sequence = self._sequence
        try:
            found = await asyncio.get_running_loop().run_in_executor(
                self._threads, self.graph.edges_of_kinds, _READ, user_id
            )
        finally:
            is_newest = self._reads.get(user_id) is asyncio.current_task()
            if is_newest:
                del self._reads[user_id]
        history = _empty(exists=False) if found is None else _put_together(found, catalogue)
        if is_newest:
            expires_at = self.clock() + self.ttl_seconds
            self._entries[user_id] = _Entry(history, expires_at, catalogue.revision, sequence)
            self._entries.move_to_end(user_id)
            while len(self._entries) > self.max_users:
                self._entries.popitem(last=False)
        return history

    @property
    def users(self) -> int:
        """Of how many something is remembered."""
        return len(self._entries)

    def forget(self, user_id: str) -> None:
        """Remember nothing of a user any more."""
        self._entries.pop(user_id, None)

    def close(self) -> None:
        """End the threads; reads that have not begun are given up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _empty(*, exists: bool = True) -> History:
    return History(np.empty(0, object), np.empty(0), np.empty(0, np.int8), exists)


def _put_together(found: Sequence[tuple[Array, Columns]], catalogue: Catalogue) -> History:
    """A history of what was read of each kind of `LEFT_OUT`."""
    movies, places = codes(np.concatenate([targets for targets, _ in found]))
    ends = np.cumsum([len(targets) for targets, _ in found])
    of = dict(zip((kind.type for kind in LEFT_OUT), np.split(places, ends[:-1]), strict=True))
    columns = dict(zip((kind.type for kind in LEFT_OUT), (columns for _, columns in found), strict=True))
    rated = columns[RATED.type]
    thought = opinions(
        (of[RATED.type], rated["rating"], rated["ratedAt"]),
        (of[LIKED.type], columns[LIKED.type]["at"]),
        (of[DISLIKED.type], columns[DISLIKED.type]["at"]),
    )
    ratings, said = np.full(len(movies), np.nan), np.zeros(len(movies), np.int8)
    ratings[thought.pairs], said[thought.pairs] = thought.ratings, thought.said
    return History(catalogue.own_ids(movies), ratings, said)


def _result(read: "asyncio.Task[History]", user_id: str) -> History | None:
    """What was read, None where the graph could not; a fault of our own is raised."""
    error = read.exception()
    if isinstance(error, MarqueeError):
        log.warning("what user %s has rated and said can't be read: %s", user_id, error)
        return None
    return read.result()


def _look_at_error(read: asyncio.Task[History]) -> None:
    """Where nobody waits any more, asyncio would complain that nobody has looked at the error."""
    if not read.cancelled():
        read.exception()
