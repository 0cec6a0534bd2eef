"""Requests that only the graph can answer: in threads of their own, and never waited for longer than set."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

from services.recommender.replica.pulse import Pulse
from shared.errors import UnavailableError

_THREADS: Final = 16  # these requests are rare; threads that hang must not be those that a search runs in

T = TypeVar("T")


class GraphCalls:
    """Calls that wait for the graph or the queue, on behalf of requests.

    Args:
        pulse: tells whether the graph answers.
        wait_seconds: how long a request waits.
    """

    def __init__(self, pulse: Pulse, *, wait_seconds: float) -> None:
        self._pulse, self._wait_seconds = pulse, wait_seconds
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="graph-call")

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises.

        Raises:
            UnavailableError: the graph is away, and nothing was begun; or it took too long.
        """
        if self._pulse.is_away:
            silent = self._pulse.silent_seconds
            since = "not answered yet" if silent is None else f"not answered for {silent:.0f} s"
            raise UnavailableError(f"Only the graph can answer this, and it has {since}. Try again.")
        call = asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, work)
        await asyncio.wait([call], timeout=self._wait_seconds)
        if not call.done():
            call.cancel()  # one that has begun goes on
            raise UnavailableError(
                f"The graph or the queue has not answered in {self._wait_seconds:g} s. Where something was to be "
                "changed, look whether it was before you try again."
            )
        return call.result()

    def close(self) -> None:
        """End the threads; calls that have not begun are given up."""
        self._threads.shutdown(wait=False, cancel_futures=True)
