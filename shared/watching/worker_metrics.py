"""The metrics of a worker: what its processes tell of their jobs, what the graph knows of all jobs, its memory."""

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from shared.apart import resident_bytes
from shared.errors import UnavailableError
from shared.graph.port import Graph
from shared.jobs import JobKind, JobState
from shared.watching import job_reports
from shared.watching.job_figures import graph_figures

RENEW_SECONDS: Final = 5.0
"""Between two pages: a scrape sees nothing older."""
_OLD_SECONDS: Final = 120.0  # a look comes every quarter of a minute; after so long the graph is away
_JOB_SECONDS: Final = (0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 4 * 3_600.0, 24 * 3_600.0)


class WorkerMetrics(Collector):
    """Puts a worker's page together again and again, in its event loop, between which the page is only handed out.

    A thread that did more could hold a lock at the moment in which Celery forks a process.

    Args:
        kinds: of the jobs that it does: their figures begin at zero, so that the first failure is an increase.
    """

    def __init__(self, kinds: Iterable[JobKind]) -> None:
        job_reports.prepare()
        self.page = b""
        self._found: list[Metric] = []
        self._found_at = 0.0
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(self)
        self._jobs = Histogram(
            "marquee_job_seconds",
            "What this worker did of jobs, by how that ended.",
            ["kind", "state"],
            buckets=_JOB_SECONDS,
            registry=self._registry,
        )
        for kind in kinds:
            for state in (JobState.SUCCEEDED, JobState.FAILED):
                self._jobs.labels(kind.value, state.value)
        self._stages = Counter(
            "marquee_job_stage_seconds", "Time of this worker's jobs.", ["kind", "stage"], registry=self._registry
        )
        self._alive = Gauge(
            "marquee_worker_alive_timestamp_seconds",
            "When the worker's event loop last came round; it stands while Redis is away.",
            registry=self._registry,
        )
        self._memory = Gauge(
            "marquee_worker_memory_bytes", "Memory of the worker and its processes.", registry=self._registry
        )
        self.renew()

    def look(self, graph: Graph) -> None:
        """Read what the graph knows of all jobs.

        Raises:
            UnavailableError: the store does not answer.
        """
        self._found, self._found_at = graph_figures(graph), time.monotonic()

    def renew(self) -> None:
        """Make the page anew."""
        for report in job_reports.take():
            self._jobs.labels(report.kind, report.state).observe(report.seconds)
            for stage, seconds in report.stages.items():
                self._stages.labels(report.kind, stage).inc(seconds)
        self._alive.set(time.time())
        self._memory.set(sum(map(_resident, [os.getpid(), *_children()])))
        self.page = generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """What the graph said, unless that was too long ago."""
        return self._found if time.monotonic() - self._found_at < _OLD_SECONDS else []


def _children() -> Iterator[int]:
    """The processes that this one has forked, and theirs. Linux alone tells."""
    waiting = [os.getpid()]
    while waiting:
        for file in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found = [int(pid) for pid in file.read_text(encoding="ascii").split()]
                waiting += found
                yield from found


def _resident(pid: int) -> int:
    try:
        return resident_bytes(pid)
    except (OSError, UnavailableError):  # it has just ended
        return 0
