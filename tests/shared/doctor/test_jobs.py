"""Jobs, messages and workers that do not go together, on a real queue."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from shared.doctor.findings import Finding, Level
from shared.doctor.jobs import check_jobs
from shared.graph import Graph
from shared.job_records import Claim, Jobs
from shared.jobs import IngestRequest, JobKind, JobState, TrainRequest
from shared.local.process import running
from shared.queue import make_celery, sender
from shared.schema import JOB
from shared.settings import QueueSettings

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(sqlite_graph: Graph, tmp_path: Path, redis_server: str) -> QueueSettings:
    """An empty queue and an empty graph."""
    assert sqlite_graph.read_revision() == 0
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return QueueSettings.model_validate({"graph_url": f"sqlite:{tmp_path / 'graph.db'}", "redis_url": redis_server})


def look(settings: QueueSettings, kind: JobKind) -> list[Finding]:
    return [found for found in check_jobs(settings) if str(kind) in found.what]


def test_a_kind_that_nobody_does_is_warned_of_while_nothing_waits(settings: QueueSettings) -> None:
    found = list(check_jobs(settings))

    assert [finding.level for finding in found] == [Level.WARNING] * len(JobKind)
    assert found[1].what == "train: no worker answers that does such jobs; 0 wait and 0 run."
    assert "marquee trainer-worker" in found[1].advice


def test_a_job_that_waits_for_a_worker_that_is_not_there_is_wrong(settings: QueueSettings, sqlite_graph: Graph) -> None:
    Jobs(sqlite_graph).ask(TrainRequest(), sender(make_celery(settings)))

    (found,) = look(settings, JobKind.TRAIN)

    assert (found.level, "1 wait and 0 run" in found.what) == (Level.WRONG, True)


def test_a_running_job_without_a_sign_of_life_is_wrong(settings: QueueSettings, sqlite_graph: Graph) -> None:
    jobs = Jobs(sqlite_graph)
    job, _ = jobs.ask(TrainRequest(), lambda *_: None)
    assert isinstance(jobs.claim(job.job_id, owner="a worker that dies", lease_seconds=1), Claim)
    sqlite_graph.update_record(JOB, job.job_id, {"leaseUntil": 0, "sentAt": sqlite_graph.now() - 600_000})

    (_, found) = look(settings, JobKind.TRAIN)

    assert found.level is Level.WRONG
    assert f"The train job {job.job_id} is running, and nobody has worked on it for 6" in found.what


def test_a_waiting_job_that_the_queue_forgot_and_nobody_puts_back_is_wrong(
    settings: QueueSettings, sqlite_graph: Graph
) -> None:
    job, _ = Jobs(sqlite_graph).ask(IngestRequest(source="x"), lambda *_: None)
    sqlite_graph.update_record(JOB, job.job_id, {"sentAt": sqlite_graph.now() - 600_000})

    (_, found) = look(settings, JobKind.INGEST)

    assert f"The ingest job {job.job_id} is queued, and nobody" in found.what


def test_the_error_of_the_last_job_is_shown(settings: QueueSettings, sqlite_graph: Graph) -> None:
    jobs = Jobs(sqlite_graph)
    job, _ = jobs.ask(IngestRequest(source="x"), lambda *_: None)
    claim = jobs.claim(job.job_id, owner="w", lease_seconds=30)
    assert isinstance(claim, Claim)
    jobs.finish(claim, JobState.FAILED, error="There is no folder x.")

    (_, found) = look(settings, JobKind.INGEST)

    assert found.level is Level.WARNING
    assert "failed at" in found.what
    assert "There is no folder x." in found.what


@contextlib.contextmanager
def worker(settings: QueueSettings, tmp_path: Path) -> Iterator[None]:
    environment = {
        "MARQUEE_GRAPH_URL": settings.graph_url,
        "MARQUEE_REDIS_URL": settings.redis_url.get_secret_value(),
        "MARQUEE_DATA_DIR": str(tmp_path / "data"),
    }
    command = [sys.executable, "-m", "shared.cli", "ingest-worker"]
    with running("ingest-worker", command, log=tmp_path / "log", env=environment, grace_seconds=5) as process:
        process.wait_until(lambda: " ready." in process.output(), timeout_seconds=60)
        yield
        process.pause()
        try:
            assert look(settings, JobKind.INGEST)[0].level is Level.WARNING, "one that hangs does not answer"
        finally:
            process.resume()


def test_a_worker_that_answers_is_counted_for_each_kind_that_it_does(settings: QueueSettings, tmp_path: Path) -> None:
    with worker(settings, tmp_path):
        found = {finding.what.partition(":")[0]: finding for finding in check_jobs(settings)}

    assert found["ingest"].what.startswith("ingest: 1 worker answers; 0 wait")
    assert found["clean-up"].level is Level.WELL
    assert found["train"].level is Level.WARNING
