"""What users have rated: read from the graph once, and remembered for a while."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from services.recommender.model import EncodedUser
from shared.errors import UnavailableError
from shared.graph import Graph
from shared.graph.port import Array
from shared.schema import RATED

_THREADS: Final = 8  # reads at once; a graph that is slow for one user need not be so for the next
_MAX_READS: Final = 1_000  # waiting at once; beyond it requests are refused at once instead of late
_STALE_AFTER_SECONDS: Final = 0.25  # what is remembered is good enough if the graph takes longer than this

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class History:
    """What one user has rated.

    Attributes:
        movies: their ids.
        ratings: of these, in stars, float64[n].
        encoded: what a model made of it, kept beside it for the next request.
    """

    movies: list[str]
    ratings: Array
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
        ttl_seconds: how long one is remembered.
        max_users: how many are.
        wait_seconds: how long a request waits for one.
        clock: seconds, for tests.
    """

    graph: Graph
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

    async def read(self, user_id: str, revision: int) -> History:
        """A user's history out of the graph, empty for an unknown user; who asks at the same moment shares the read.

        Where the graph is away or slow, what is remembered is given, however old.

        Raises:
            UnavailableError: the graph does not answer, and nothing is remembered.
        """
        remembered = self._entries.get(user_id)
        read = self._reads.get(user_id)
        if read is None:
            if len(self._reads) >= _MAX_READS:
                return _or_refuse(remembered, f"{_MAX_READS} users' ratings are being read already. Try again.")
            read = self._reads[user_id] = asyncio.create_task(self._read(user_id, revision))
            read.add_done_callback(_look_at_error)
        wait = self.wait_seconds if remembered is None else min(self.wait_seconds, _STALE_AFTER_SECONDS)
        await asyncio.wait([read], timeout=wait)
        if not read.done():
            return _or_refuse(remembered, f"The graph has not answered in {wait:g} s. Try again.")
        error = read.exception()
        if isinstance(error, UnavailableError) and remembered is not None:
            log.warning("what user %s has rated is taken from memory: %s", user_id, error)
            return remembered.history
        return read.result()

    async def _read(self, user_id: str, revision: int) -> History:
        try:
            found = await asyncio.get_running_loop().run_in_executor(
                self._threads, self.graph.edges_from, RATED, user_id, ("rating",)
            )
        finally:
            del self._reads[user_id]
        history = History([], np.empty(0)) if found is None else History(found[0].tolist(), found[1]["rating"])
        self._entries[user_id] = _Entry(history, self.clock() + self.ttl_seconds, revision)
        self._entries.move_to_end(user_id)
        while len(self._entries) > self.max_users:
            self._entries.popitem(last=False)
        return history

    def close(self) -> None:
        """End the threads; reads that have not begun are given up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _or_refuse(remembered: _Entry | None, reason: str) -> History:
    if remembered is None:
        raise UnavailableError(reason)
    return remembered.history


def _look_at_error(read: asyncio.Task[History]) -> None:
    """Where nobody waits any more, asyncio would complain that nobody has looked at the error."""
    if not read.cancelled():
        read.exception()
