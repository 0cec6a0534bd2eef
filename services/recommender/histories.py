"""What users have rated: read from the graph once, and remembered for a while."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np

from services.recommender.catalogue import Catalogue
from services.recommender.model import EncodedUser
from services.recommender.pulse import Pulse
from shared.errors import MarqueeError
from shared.graph import Graph
from shared.graph.port import Array
from shared.schema import RATED

_THREADS: Final = 8  # reads at once; a graph that is slow for one user need not be so for the next
_MAX_READS: Final = 1_000  # waiting at once; beyond it answers are given without them
_STALE_AFTER_SECONDS: Final = 0.25  # what is remembered is good enough if the graph takes longer than this

log = logging.getLogger(__name__)


class Recall(StrEnum):
    """How far what is known of a user can be trusted."""

    CURRENT = "current"  # as it is in the graph, but for the time that it may be remembered
    REMEMBERED = "remembered"  # older: the graph does not answer now
    UNREAD = "unread"  # nothing is known: the graph does not answer, and nothing is remembered


@dataclass(slots=True, eq=False)
class History:
    """What one user has rated.

    Attributes:
        movies: their ids, object (str) [n]: an array, which Python's garbage collector does not look through. The lists
            of a hundred thousand users made each of its full collections half a second long.
        ratings: of these, in stars, float64[n].
        exists: whether the graph knows the user; true where it could not be asked.
        encoded: what a model made of it, kept beside it for the next request.
    """

    movies: Array
    ratings: Array
    exists: bool = True
    encoded: EncodedUser | None = None


@dataclass(slots=True)
class _Entry:
    history: History
    expires_at: float
    revision: int


@dataclass(slots=True)
class Histories:
    """A cache of histories, least recently used out first. Lives in the event loop; reads run in its threads.

    Args:
        graph: where ratings are read.
        pulse: tells whether the graph answers; while it is away, nothing is asked of it.
        ttl_seconds: how long one is remembered.
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
    _entries: OrderedDict[str, _Entry] = field(default_factory=OrderedDict)
    _reads: dict[str, asyncio.Task[History]] = field(default_factory=dict)
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_THREADS, thread_name_prefix="history")
    )

    def fresh(self, user_id: str, revision: int) -> History | None:
        """What is remembered of a user, unless it is too old or the graph has since got another `revision`."""
        entry = self._entries.get(user_id)
        if entry is None or entry.revision != revision or entry.expires_at <= self.clock():
            return None
        self._entries.move_to_end(user_id)
        return entry.history

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
            wait = self.wait_seconds if remembered is None else min(self.wait_seconds, _STALE_AFTER_SECONDS)
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
        try:
            found = await asyncio.get_running_loop().run_in_executor(
                self._threads, self.graph.edges_from, RATED, user_id, ("rating",)
            )
        finally:
            del self._reads[user_id]
        history = _empty(exists=False) if found is None else History(catalogue.own_ids(found[0]), found[1]["rating"])
        self._entries[user_id] = _Entry(history, self.clock() + self.ttl_seconds, catalogue.revision)
        self._entries.move_to_end(user_id)
        while len(self._entries) > self.max_users:
            self._entries.popitem(last=False)
        return history

    def close(self) -> None:
        """End the threads; reads that have not begun are given up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _empty(*, exists: bool = True) -> History:
    return History(np.empty(0, object), np.empty(0), exists)


def _result(read: "asyncio.Task[History]", user_id: str) -> History | None:
    """What was read, None where the graph could not; a fault of our own is raised."""
    error = read.exception()
    if isinstance(error, MarqueeError):
        log.warning("what user %s has rated can't be read: %s", user_id, error)
        return None
    return read.result()


def _look_at_error(read: asyncio.Task[History]) -> None:
    """Where nobody waits any more, asyncio would complain that nobody has looked at the error."""
    if not read.cancelled():
        read.exception()
