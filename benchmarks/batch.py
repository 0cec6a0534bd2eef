"""Recommending to all users at once: a real worker, a real queue, and files at the end."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.bench import Bench, Subject
from benchmarks.ingest_job import ingest_apart
from benchmarks.large import loaded
from benchmarks.made_up import Shape
from benchmarks.movielens import dataset
from benchmarks.polling import polling
from benchmarks.results import Figure, Findings, Target
from benchmarks.store import Store, empty_store
from benchmarks.versions import publish_apart
from shared.apart import cpu_seconds
from shared.errors import MarqueeError, UnavailableError
from shared.graph import open_graph
from shared.job_records import Jobs
from shared.jobs import BatchRequest, Job, JobState
from shared.local.process import Process, running
from shared.local.redis import running_redis
from shared.local.stack import settings_of
from shared.models import UserForm
from shared.queue import make_celery, sender

WIDTH: Final = 128
SMALL: Final = Shape(users=6_000, movies=3_700, ratings=1_000_000)
_SAMPLE_SECONDS: Final = 0.1
_START_SECONDS: Final = 120.0
_PATIENCE_SECONDS: Final = 3_600.0
_MOST_SECONDS: Final = {"small": 2, "large": 90}
_MOST_MEGABYTES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Batched:
    """What a batch came to.

    Attributes:
        users: how many got a list.
        seconds: from its start to its end, by its record.
        cpu_seconds: of the worker with all its processes.
        peak_bytes: the most memory that these held at a time, what they share counted once.
    """

    users: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int


class _Tree:
    """A process and all that it has started."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu: dict[int, float] = {}
        self._cpu_before = sum(cpu_seconds(each) for each in _with_descendants(pid))
        self.peak_bytes = 0

    @property
    def cpu_seconds(self) -> float:
        """Since it was made, of all processes: those that have ended included, each as it was last seen."""
        return sum(self._cpu.values()) - self._cpu_before

    def look(self) -> None:
        """Note what they hold, and what they have taken."""
        held = 0
        for pid in _with_descendants(self._pid):
            with contextlib.suppress(OSError):  # it has ended
                held += _share_bytes(pid)
                self._cpu[pid] = cpu_seconds(pid)
        self.peak_bytes = max(self.peak_bytes, held)


def _with_descendants(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            yield from _with_descendants(int(child))


def _share_bytes(pid: int) -> int:
    """A process's memory, of what it shares with others its share alone. Linux alone tells."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise UnavailableError(f"/proc/{pid}/smaps_rollup has no Pss.")


def recommend_to_all(store: Store, request: BatchRequest) -> Batched:
    """Have one trainer worker do a batch.

    Raises:
        MarqueeError: the batch failed.
    """
    with tempfile.TemporaryDirectory() as folder, running_redis() as redis_url:
        environment = {**store.environment, "MARQUEE_REDIS_URL": redis_url, "MARQUEE_DATA_DIR": f"{folder}/data"}
        command = [sys.executable, "-m", "shared.cli", "trainer-worker"]
        with running("trainer-worker", command, log=Path(folder) / "log", env=environment) as worker:
            worker.wait_until(lambda: " ready." in worker.output(), timeout_seconds=_START_SECONDS)
            settings = settings_of(environment)
            look = polling(_Tree(worker.popen.pid), every_seconds=_SAMPLE_SECONDS)
            with open_graph(settings) as graph, look as tree:
                jobs = Jobs(graph)
                asked, _ = jobs.ask(request, sender(make_celery(settings)))
                job = _await_end(jobs, asked, worker)
    if job.state is not JobState.SUCCEEDED or job.started_at is None or job.finished_at is None:
        raise MarqueeError(f"The batch {job.state}: {job.error}")
    users = int((job.result or {})["users"])
    return Batched(users, (job.finished_at - job.started_at) / 1_000, tree.cpu_seconds, tree.peak_bytes)


def _await_end(jobs: Jobs, job: Job, worker: Process) -> Job:
    worker.wait_until(lambda: jobs.get(job.job_id).state.is_final, timeout_seconds=_PATIENCE_SECONDS)
    time.sleep(2 * _SAMPLE_SECONDS)
    return jobs.get(job.job_id)


def measure(bench: Bench, kind: str) -> Findings:
    """A small and a large data set."""
    large = loaded(bench, kind)
    findings = [_measure(bench, large.store, large.shape, "large")]
    with empty_store(kind) as store, tempfile.TemporaryDirectory() as cache:
        shape = Shape(bench.scaled(SMALL.users), SMALL.movies, bench.scaled(SMALL.ratings))
        ingest_apart(bench, store, dataset(shape, Path(cache)))
        findings.insert(0, _measure(bench, store, shape, "small"))
    return Findings([f.rows[0] for f in findings], [target for f in findings for target in f.targets])


def _measure(bench: Bench, store: Store, shape: Shape, size: str) -> Findings:
    publish_apart(bench, store, UserForm.INDUCTIVE, WIDTH)
    with bench.step(f"{store.name}: batch"):
        done = recommend_to_all(store, BatchRequest(top=20))
    work = f"top 20 of {shape.movies:,} movies for {shape.users:,} users, from {store.name}"
    row: dict[str, Figure] = {
        "store": store.name,
        "users": done.users,
        "movies": shape.movies,
        "ratings": shape.ratings,
        "seconds": done.seconds,
        "CPU s": done.cpu_seconds,
        "peak MB": round(done.peak_bytes / 1e6),
    }
    targets = [
        Target.at_most(work, done.seconds, _MOST_SECONDS[size], "s"),
        Target.at_most(f"{work}: memory of the worker", round(done.peak_bytes / 1e6), _MOST_MEGABYTES, "MB"),
    ]
    return Findings([row], targets)


SUBJECT: Final = Subject(
    "batch",
    "Recommendations for all users",
    f"A batch of random vectors, {WIDTH} wide, to Parquet: by one trainer worker, which does two shards at a time, "
    "each on one core. Seconds are the job's own, from its start to its end; CPU seconds and memory are those of the "
    "worker with all its processes.",
    ("sqlite", "neo4j"),
    measure,
)
