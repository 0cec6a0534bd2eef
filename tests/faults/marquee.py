"""All of Marquee as real processes, with a saboteur in each worker."""

import contextlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from shared.errors import ConflictError, UnavailableError
from shared.graph import Graph, open_graph
from shared.job_records import Jobs
from shared.jobs import Job, JobRequest
from shared.local.process import Process, free_port
from shared.local.redis import RedisServer
from shared.local.server import Server
from shared.local.stack import WORKERS, service, settings_of, url_of
from shared.queue import make_celery, sender
from shared.settings import QueueSettings
from tests.faults.fostered import FosteredWorker
from tests.faults.plan import Folder

LEASE_SECONDS = 1.0


class Marquee:
    """The two workers, the recommender and a Redis around a graph. Runs from the start to the end of a `with`.

    Args:
        folder: for logs, data and the saboteurs' notes.
        environment: `MARQUEE_…` variables, at least where the graph is.
        redis: not yet started.

    Attributes:
        graph: as a service of its own sees it.
        services: by command.
        saboteurs: where plans are left and notes are found.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], redis: RedisServer) -> None:
        self.redis, self.saboteurs = redis, Folder(folder / "saboteurs")
        self.environment = {
            "MARQUEE_DATA_DIR": str(folder / "data"),
            "MARQUEE_JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "MARQUEE_GRAPH_TIMEOUT_SECONDS": "30",
            "MARQUEE_GATE_TOLERANCE": "0.9",
            "MARQUEE_INGEST_RETRY_SECONDS": "0.2",
            "MARQUEE_THREADS": "1",
            "MARQUEE_BATCH_SHARD_USERS": "60",
            "MARQUEE_REDIS_URL": redis.url,
            "MARQUEE_PORT": str(free_port()),
            "FAULTS_FOLDER": str(folder / "saboteurs"),
            "OMP_NUM_THREADS": "1",
            **environment,
        }
        self._logs = folder / "logs"
        self._processes: list[Process] = []
        self.services: dict[str, Server] = {name: self._worker(name) for name in WORKERS}
        self.services["recommender"] = service("recommender", self.environment, logs=self._logs)
        self.graph: Graph = open_graph(self.settings)

    @property
    def settings(self) -> QueueSettings:
        """Settings that reach the same graph and queue."""
        ours = {name: value for name, value in self.environment.items() if name.startswith("MARQUEE_")}
        return settings_of(ours)

    @property
    def url(self) -> str:
        """The recommender's address."""
        return url_of(self.environment)

    @property
    def jobs(self) -> Jobs:
        """Jobs in the graph."""
        return Jobs(self.graph)

    def __enter__(self) -> Self:
        self.redis.start()
        self.graph.prepare()
        for name in self.services:
            self.begin(name)
        for each in self.services.values():
            each.await_ready()
        return self

    def __exit__(self, *exc_info: object) -> None:
        for process in self._processes:
            process.kill()
        self.graph.close()
        self.redis.stop()

    def begin(self, name: str) -> None:
        """Start a service, and do not wait for it."""
        self.services[name].begin()
        self._processes.append(self.services[name].process)

    def beside(self, name: str) -> Server:
        """A second worker of a kind, started; whoever asks for it stops it."""
        second = self._worker(name)
        second.begin()
        self._processes.append(second.process)
        second.await_ready()
        return second

    def ask(self, request: JobRequest) -> Job:
        """Put a job on the queue."""
        job, is_new = self.jobs.ask(request, sender(make_celery(self.settings)))
        assert is_new
        return job

    def _worker(self, name: str) -> Server:
        log = self._logs / f"{name}-{len(self._processes)}.log"  # one each, so that its words are its own
        return FosteredWorker(name, self.environment, log)

    def look_after(self) -> None:
        """Start what has ended, as whoever operates it would."""
        for name, each in self.services.items():
            if not each.process.is_alive():
                self.begin(name)

    def until(self, is_so: Callable[[], bool], *, seconds: float, what: str, looks_after: bool = True) -> None:
        """Wait for something; what has ended meanwhile is started again."""
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(UnavailableError):  # the graph is away, perhaps because the test has stopped it
                if is_so():
                    return
            if looks_after:
                self.look_after()
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}\n{self.tails()}"
            time.sleep(0.05)

    def await_end(self, job: Job, *, seconds: float = 180, looks_after: bool = True) -> Job:
        """The job at its end."""
        self.until(
            lambda: self.jobs.get(job.job_id).state.is_final,
            seconds=seconds,
            what=f"job {job.job_id} ends",
            looks_after=looks_after,
        )
        return self.jobs.get(job.job_id)

    def count(self, what: str, job: Job) -> int:
        """How many notes of a kind there are about a job."""
        return sum(note.what == what for note in self.saboteurs.notes(job.job_id))

    def give_up(self) -> None:
        """Withdraw the plan that is left, and cancel what has not ended."""
        self.saboteurs.take()
        for job in self.jobs.list(limit=1_000):
            if not job.state.is_final:
                with contextlib.suppress(ConflictError):  # it has ended meanwhile
                    self.jobs.cancel(job.job_id)

    def tails(self) -> str:
        """The last lines of each service's output."""
        return "\n".join(f"--- {name}\n{each.process.tail()}" for name, each in self.services.items())
