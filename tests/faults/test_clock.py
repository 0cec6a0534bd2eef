"""A store whose clock is set back in the middle: a lease neither ends at once nor lasts for ever."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.graph.sqlite import SqliteGraph
from shared.job_records import Claim, Jobs, Wait
from shared.jobs import IngestRequest, Job, JobKind

HOUR_MS = 3_600_000
LEASE_SECONDS = 0.3


class Clocked(SqliteGraph):
    """A real graph whose clock can be set."""

    set_back_ms = 0

    def now(self) -> int:
        return super().now() - self.set_back_ms


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Clocked]:
    with Clocked(tmp_path / "graph.db", timeout_seconds=10) as graph:
        graph.prepare()
        yield graph


def claim(graph: Clocked, job: Job, owner: str) -> Claim | Wait | None:
    return Jobs(graph).claim(job.job_id, owner=owner, lease_seconds=LEASE_SECONDS)


@pytest.fixture
def job(graph: Clocked) -> Job:
    """A job that was begun before the clock was set back by an hour."""
    job, _ = Jobs(graph).ask(IngestRequest(source="sample"), lambda *_: None)
    assert isinstance(claim(graph, job, "before"), Claim)
    graph.set_back_ms = HOUR_MS
    return job


def test_the_job_of_a_worker_that_died_is_taken_over_after_a_leases_time(graph: Clocked, job: Job) -> None:
    wait = claim(graph, job, "after")
    assert isinstance(wait, Wait)
    assert wait.seconds == pytest.approx(LEASE_SECONDS + 0.5, abs=0.1)

    time.sleep(LEASE_SECONDS)

    assert isinstance(claim(graph, job, "after"), Claim)


def test_a_worker_that_lives_keeps_its_job(graph: Clocked, job: Job) -> None:
    alive = Claim(Jobs(graph).get(job.job_id), fence=1)

    for _ in range(4):
        assert isinstance(claim(graph, job, "another"), Wait)
        time.sleep(LEASE_SECONDS / 3)
        Jobs(graph).update(alive, {}, lease_seconds=LEASE_SECONDS)

    assert Jobs(graph).get(job.job_id).fence == 1


def test_a_job_that_the_queue_has_forgotten_is_put_back_all_the_same(graph: Clocked, job: Job) -> None:
    waiting, _ = Jobs(graph).ask(IngestRequest(source="sample"), lambda *_: None)
    graph.set_back_ms = 2 * HOUR_MS
    sent: list[str] = []

    Jobs(graph).put_back(
        JobKind.INGEST, lambda _kind, job_id: sent.append(job_id), waiting=0, patience_seconds=LEASE_SECONDS
    )

    assert set(sent) == {job.job_id, waiting.job_id}
