"""The task in a real Celery worker, in this process, over Celery's in-memory queue."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery.contrib.testing.worker import start_worker
from pydantic import SecretStr

from services.ingest.settings import IngestSettings
from services.ingest.tasks import register
from shared import worker as shared_worker
from shared.errors import UnavailableError
from shared.graph import Graph
from shared.job_records import Claim, Jobs
from shared.jobs import IngestRequest, Job, JobKind, JobState, Sender
from shared.queue import make_celery, sender

WriteFiles = Callable[[str, Mapping[str, str]], Path]
FILES = {
    "movies.csv": "movieId,title,genres\n10,Heat (1995),Crime\n",
    "ratings.csv": "userId,movieId,rating,timestamp\n1,10,4.5,1000\n",
}
pytestmark = pytest.mark.slow


@contextmanager
def worker(settings: IngestSettings, graph: Callable[[], Graph]) -> Iterator[Sender]:
    """A worker that runs; gives what puts jobs on its queue."""
    app = make_celery(settings.model_copy(update={"redis_url": SecretStr("memory://")}))
    app.conf.broker_transport_options = {"polling_interval": 0.02}
    register(app, graph, settings)
    # The level is that of all of Python's logging, and stays: with the default no later test would see a warning.
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["ingest"], loglevel="WARNING"):
        yield sender(app)


def ask(graph: Graph, folder: Path, send: Sender) -> str:
    job, _ = Jobs(graph).ask(IngestRequest(source=str(folder)), send)
    return job.job_id


def wait_for_end(graph: Graph, job_id: str) -> Job:
    for _ in range(400):
        job = Jobs(graph).get(job_id)
        if job.state.is_final:
            return job
        time.sleep(0.05)
    pytest.fail(f"job {job_id} did not end: {job}")


def test_a_message_leads_to_the_work_and_its_report(
    settings: IngestSettings, sqlite_graph: Graph, write_files: WriteFiles
) -> None:
    with worker(settings, lambda: sqlite_graph) as send:
        done = wait_for_end(sqlite_graph, ask(sqlite_graph, write_files("ml", FILES), send))

    assert done.state is JobState.SUCCEEDED
    assert done.result is not None
    assert done.result["counts"]["ratings"]["written"] == 1


def test_a_store_that_is_away_is_asked_again(
    settings: IngestSettings, sqlite_graph: Graph, write_files: WriteFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_worker, "_UNAVAILABLE_WAIT_SECONDS", 0.05)
    calls = []

    def away_at_first() -> Graph:
        calls.append(1)
        if len(calls) <= 2:
            raise UnavailableError("The graph does not answer.")
        return sqlite_graph

    with worker(settings, away_at_first) as send:
        done = wait_for_end(sqlite_graph, ask(sqlite_graph, write_files("ml", FILES), send))

    assert done.state is JobState.SUCCEEDED
    assert len(calls) == 3


def test_a_job_that_another_worker_holds_is_taken_over_when_its_lease_has_ended(
    settings: IngestSettings, sqlite_graph: Graph, write_files: WriteFiles
) -> None:
    jobs = Jobs(sqlite_graph)
    job_id = ask(sqlite_graph, write_files("ml", FILES), lambda *_: None)
    claim = jobs.claim(job_id, owner="a worker that dies", lease_seconds=1.0)
    assert isinstance(claim, Claim)

    with worker(settings, lambda: sqlite_graph) as send:
        send(JobKind.INGEST, job_id)
        done = wait_for_end(sqlite_graph, job_id)

    assert done.state is JobState.SUCCEEDED
    assert done.fence == claim.fence + 1
