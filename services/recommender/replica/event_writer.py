"""Takes requests of events together: those that wait are written in one transaction, and acknowledged when it ends."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from services.recommender.replica.pulse import Pulse
from shared.errors import UnavailableError
from shared.events import MAX_EVENTS, EventRequest, Outcome, Taken
from shared.graph import Graph

MAX_GROUP: Final = MAX_EVENTS  # events in a transaction: more would keep an ingest out of SQLite for longer than 0.3 s
MAX_WAITING: Final = 5 * MAX_EVENTS

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    request: EventRequest
    outcome: asyncio.Future[Outcome]


class EventWriter:
    """Writes events for requests. Lives in the event loop; the one transaction at a time runs in a thread of its own.

    While a transaction is under way, others wait and become the next: so the more requests come, the more share the
    cost of a commit, and one that is alone does not wait.

    Args:
        graph: where events go.
        pulse: tells whether the graph answers; while it is away, nothing is asked of it.
        on_written: is told the users of each group that was written, and its `eventSeq`, before anyone is answered.
        wait_seconds: how long a request waits.
    """

    def __init__(
        self, graph: Graph, pulse: Pulse, on_written: Callable[[Sequence[str], int], None], *, wait_seconds: float
    ) -> None:
        self._graph, self._pulse, self._on_written, self._wait_seconds = graph, pulse, on_written, wait_seconds
        self._waiting: deque[_Waiting] = deque()
        self._waiting_events = 0
        self._run: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="events")
        self.taken = 0
        """How many events this process has written."""

    async def take(self, request: EventRequest) -> Outcome:
        """What became of a request; `Taken` means that it is in the graph and lasts.

        Raises:
            UnavailableError: too much waits, or the graph is away, and nothing was begun; or it took too long.
        """
        if self._pulse.is_away:
            raise UnavailableError("Events are kept in the graph, and it does not answer now. Send them again later.")
        if self._waiting_events + len(request.events) > MAX_WAITING:
            raise UnavailableError(
                f"{self._waiting_events:,} events wait to be written already. Send these again in a moment."
            )
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._waiting_events += len(request.events)
        if self._run is None:
            self._run = asyncio.create_task(self._write_all())
        await asyncio.wait([waiting.outcome], timeout=self._wait_seconds)
        if waiting.outcome.done():
            return waiting.outcome.result()
        waiting.outcome.cancel()  # one that has not begun is passed over
        raise UnavailableError(
            f"The graph has not taken the events in {self._wait_seconds:g} s, and may have taken them later. Send them "
            "again: with the same Idempotency-Key they count once."
        )

    def close(self) -> None:
        """End the thread; what has not begun is given up, and nobody was told that it was taken."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _write_all(self) -> None:
        """Write group after group until nothing waits."""
        try:
            while group := self._next_group():
                await self._write(group)
        finally:
            self._run = None

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        events = 0
        while self._waiting and (not group or events + len(self._waiting[0].request.events) <= MAX_GROUP):
            waiting = self._waiting.popleft()
            self._waiting_events -= len(waiting.request.events)
            if not waiting.outcome.done():  # its client may have gone
                events += len(waiting.request.events)
                group.append(waiting)
        return group

    async def _write(self, group: list[_Waiting]) -> None:
        try:
            outcomes = await self._append([waiting.request for waiting in group])
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must learn of it
            if len(group) == 1 or isinstance(error, UnavailableError):
                for waiting in group:
                    if not waiting.outcome.done():
                        waiting.outcome.set_exception(error)
                return
            log.warning("%d requests of events can't be written together, so each alone: %s", len(group), error)
            for waiting in group:
                await self._write([waiting])
            return
        for waiting, outcome in zip(group, outcomes, strict=True):
            if not waiting.outcome.done():
                waiting.outcome.set_result(outcome)

    async def _append(self, requests: Sequence[EventRequest]) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        outcomes = await loop.run_in_executor(self._thread, self._graph.append_events, requests)
        users: dict[str, None] = {}
        sequence = 0
        for request, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, Taken) and not outcome.is_repeated:
                self.taken += len(request.events)
                users.update(dict.fromkeys(event.user_id for event in request.events))
                sequence = outcome.sequence
        if users:
            self._on_written(list(users), sequence)
        return outcomes
