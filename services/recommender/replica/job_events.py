"""Jobs as they change, for streams of server-sent events: one look at the graph for all streams, and bounds on each.

While any stream is open, one task looks at the jobs that wait or run and at those that streams follow. Each stream has
the newest state of each job that it has not sent yet, so a slow client misses steps and never an end.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from services.recommender.replica.graph_calls import GraphCalls
from shared.errors import MarqueeError, UnavailableError
from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import Job, JobState

LOOK_SECONDS: Final = 0.5  # workers write progress down twice a second
_STEP_SECONDS: Final = 0.1  # how soon streams end when the process does
_NEWEST: Final = 50  # looked at besides those that run: a job may begin and end between two looks
_MOST_JOBS: Final = 500  # that wait or run and are looked at

log = logging.getLogger(__name__)

Heard = tuple[Job, int]
"""A job, and the store's clock before it was read, in milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the graph has found: jobs, and the ids of those that are not there any more."""

    at: int
    jobs: Sequence[Job]
    gone: frozenset[str] = frozenset()


class Stream:
    """What one client is still to be sent. Of one job, or of all where `job_id` is None."""

    def __init__(self, job_id: str | None) -> None:
        self.job_id = job_id
        self._news: dict[str, Heard] = {}
        self._known: dict[str, Job] = {}
        self._has_news = asyncio.Event()
        self._is_over = False

    @property
    def follows(self) -> frozenset[str]:
        """The ids of the jobs whose end is still to come."""
        return frozenset(key for key, job in self._known.items() if not job.state.is_final)

    def tell(self, look: Look) -> None:
        """Take what a look has found, as far as it is news."""
        for job in look.jobs:
            if self.job_id in (None, job.job_id) and _shown(self._known.get(job.job_id)) != _shown(job):
                self._known[job.job_id] = job
                self._news[job.job_id] = (job, look.at)
                self._has_news.set()
        if self.job_id is None:  # what has ended does not change again
            self._known = {key: job for key, job in self._known.items() if not job.state.is_final}
        for key in look.gone & self._known.keys():
            del self._known[key]
            if key == self.job_id:
                self.end()

    def end(self) -> None:
        """Send nothing more."""
        self._is_over = True
        self._has_news.set()

    async def listen(self, silence_seconds: float) -> AsyncIterator[Sequence[Heard]]:
        """What is news, again and again; nothing after each silence. Ends with the job, or when told to."""
        while not self._is_over:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._has_news.wait(), silence_seconds)
            self._has_news.clear()
            news, self._news = list(self._news.values()), {}
            if news or not self._is_over:
                yield news
            if self.job_id is not None and any(job.state.is_final for job, _ in news):
                return


class JobEvents:
    """All streams of this process. To be used in its event loop alone.

    Args:
        graph: where the jobs are.
        calls: runs what waits for the graph.
        is_ending: set once the process is about to end: then all streams end.
        most_streams: at once.
    """

    def __init__(self, graph: Graph, calls: GraphCalls, is_ending: threading.Event, *, most_streams: int) -> None:
        self._graph, self._jobs, self._calls, self._is_ending = graph, Jobs(graph), calls, is_ending
        self._most_streams, self._open = most_streams, 0
        self._streams: set[Stream] = set()
        self._looked_at = 0
        self._task: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def open(self, job_id: str | None, *, ended_since: int | None = None) -> AsyncIterator[Stream]:
        """A stream that begins with how its job stands, or with all that wait or run.

        Args:
            job_id: of one job; of all where it is None.
            ended_since: of all, also those that ended after this time, which a client has missed.

        Raises:
            NotFoundError: there is no such job.
            UnavailableError: the graph is away, there are as many streams as there may be, or the process ends.
        """
        self._check()
        stream = Stream(job_id)
        self._open += 1
        try:
            first = await self._calls.run(partial(self._first_look, job_id, ended_since))
            stream.tell(first)
            self._streams.add(stream)
            if self._task is None or self._task.done():
                self._looked_at = first.at
                self._task = asyncio.create_task(self._keep_looking())
            yield stream
        finally:
            self._open -= 1
            self._streams.discard(stream)

    def close(self) -> None:
        """End all streams."""
        if self._task is not None:
            self._task.cancel()
        for stream in self._streams:
            stream.end()

    def _check(self) -> None:
        if self._is_ending.is_set():
            raise UnavailableError("This process is about to end. Try again: another one answers.")
        if self._open >= self._most_streams:
            raise UnavailableError(
                f"{self._most_streams} streams of events are open already. Try again later, or ask for the job itself."
            )

    def _first_look(self, job_id: str | None, ended_since: int | None) -> Look:
        at = self._graph.now()
        if job_id is not None:
            return Look(at, [self._jobs.get(job_id)])
        found = self._at_work()
        if ended_since is not None:
            newest = self._jobs.list(limit=_MOST_JOBS)
            found |= {job.job_id: job for job in newest if (job.finished_at or 0) >= ended_since}
        return Look(at, list(found.values()))

    def _at_work(self) -> dict[str, Job]:
        """The jobs that wait or run, by id; parts of others left out."""
        states = (JobState.QUEUED, JobState.RUNNING)  # in this order: one that begins meanwhile is found twice
        return {job.job_id: job for state in states for job in self._jobs.list(state=state, limit=_MOST_JOBS)}

    def _look(self, followed: frozenset[str], since: int, *, of_all: bool) -> Look:
        """The jobs that streams follow, and where there are streams of all, those at work and those made of late."""
        at = self._graph.now()
        found: dict[str, Job] = {}
        if of_all:
            newest = self._jobs.list(limit=_NEWEST)
            found = {job.job_id: job for job in newest if job.created_at >= since} | self._at_work()
        for job_id in followed - found.keys():
            job = self._jobs.find(job_id)
            if job is not None:
                found[job_id] = job
        return Look(at, list(found.values()), followed - found.keys())

    async def _keep_looking(self) -> None:
        """Look, and tell all streams, for as long as there are any."""
        loop = asyncio.get_running_loop()
        while self._streams:
            look, again_at = asyncio.create_task(self._try_to_look()), loop.time() + LOOK_SECONDS
            while not look.done() or loop.time() < again_at:
                if self._is_ending.is_set():
                    look.cancel()
                    for stream in self._streams:
                        stream.end()
                    return
                await asyncio.sleep(_STEP_SECONDS)

    async def _try_to_look(self) -> None:
        """Look once, and tell all streams. While the graph is away, they are silent."""
        followed = frozenset(key for stream in self._streams for key in stream.follows)
        of_all = any(stream.job_id is None for stream in self._streams)
        try:
            look = await self._calls.run(partial(self._look, followed, self._looked_at, of_all=of_all))
        except MarqueeError as error:
            log.debug("streams of events wait for the graph: %s", error)
        except Exception:
            log.exception("the jobs can't be looked at, trying on")
        else:
            self._looked_at = look.at
            for stream in self._streams:
                stream.tell(look)


def _shown(job: Job | None) -> tuple[object, ...]:
    """What a client is told of a job, to compare."""
    if job is None:
        return ()
    return (job.state, job.stage, job.progress, job.stage_progress, job.seconds_left, job.cancel_requested)
