"""Real worker processes, a real queue: what a worker that was killed, or a queue that forgot, leaves behind is done."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from shared.graph import Graph
from shared.graph.state import STATE_KEY
from shared.job_log import read_log
from shared.job_records import Claim, Jobs
from shared.jobs import IngestRequest, Job, JobKind, JobState, TrainRequest
from shared.local.process import Process
from shared.queue import make_celery, sender, waiting
from shared.retention import JOBS_KEPT_OF_EACH_KIND
from shared.schedules import Plan, Schedules
from shared.schema import GRAPH_STATE, JOB
from shared.settings import QueueSettings
from shared.worker import keep_queue
from tests.worker_process import worker_process

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]

LEASE_SECONDS = 2.0


@pytest.fixture
def settings(tmp_path: Path, redis_server: str) -> QueueSettings:
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return QueueSettings.model_validate(
        {
            "graph_url": f"sqlite:{tmp_path / 'graph.db'}",
            "redis_url": redis_server,
            "job_lease_seconds": LEASE_SECONDS,
        }
    )


@pytest.fixture
def graph(sqlite_graph: Graph) -> Graph:
    return sqlite_graph


@pytest.fixture
def work(tmp_path: Path, settings: QueueSettings) -> Callable[[str], contextlib.AbstractContextManager[Process]]:
    """Runs a worker as a process of its own."""

    def start(name: str) -> contextlib.AbstractContextManager[Process]:
        url, lease = settings.redis_url.get_secret_value(), str(LEASE_SECONDS)
        return worker_process(name, tmp_path, url, MARQUEE_JOB_LEASE_SECONDS=lease)

    return start


def nobody(_kind: JobKind, _job_id: str) -> None:
    """A sender whose message is lost."""


def wait_for(graph: Graph, job_id: str, condition: Callable[[Job], bool], process: Process) -> Job:
    deadline = time.monotonic() + 90
    while not condition(job := Jobs(graph).get(job_id)):
        assert process.is_alive(), process.tail()
        assert time.monotonic() < deadline, f"{job}\n{process.tail()}"
        time.sleep(0.1)
    return job


def test_a_job_whose_message_was_lost_is_done_all_the_same(
    graph: Graph, work: Callable[[str], contextlib.AbstractContextManager[Process]]
) -> None:
    job, _ = Jobs(graph).ask(IngestRequest(source="sample"), nobody)

    with work("ingest-worker") as worker:
        done = wait_for(graph, job.job_id, lambda job: job.state.is_final, worker)

    assert done.state is JobState.SUCCEEDED, done.error


def test_a_job_whose_worker_died_and_whose_message_is_held_is_taken_over(
    graph: Graph, work: Callable[[str], contextlib.AbstractContextManager[Process]]
) -> None:
    jobs = Jobs(graph)
    job, _ = jobs.ask(IngestRequest(source="sample"), nobody)
    assert isinstance(jobs.claim(job.job_id, owner="a worker that dies", lease_seconds=0.1), Claim)

    with work("ingest-worker") as worker:
        done = wait_for(graph, job.job_id, lambda job: job.state.is_final, worker)

    assert (done.state, done.fence) == (JobState.SUCCEEDED, 2)


def test_a_training_whose_worker_is_killed_whole_goes_on_in_another(
    graph: Graph, settings: QueueSettings, work: Callable[[str], contextlib.AbstractContextManager[Process]]
) -> None:
    send = sender(make_celery(settings))
    with work("ingest-worker") as worker:
        ingest, _ = Jobs(graph).ask(IngestRequest(source="sample"), send)
        wait_for(graph, ingest.job_id, lambda job: job.state is JobState.SUCCEEDED, worker)
    request = TrainRequest(width=32, temperature=0.2, epochs=1_000, linear_rank=0)
    job, _ = Jobs(graph).ask(request, send)
    with work("trainer-worker") as first:
        wait_for(graph, job.job_id, lambda job: job.stage == "train" and job.stage_progress > 0.02, first)
        os.killpg(first.popen.pid, signal.SIGKILL)

    with work("trainer-worker") as second:
        again = wait_for(graph, job.job_id, lambda job: job.fence == 2 and job.stage == "train", second)
        Jobs(graph).cancel(job.job_id)
        ended = wait_for(graph, job.job_id, lambda job: job.state.is_final, second)

    assert again.stage_progress >= 0.02, "it began anew"
    assert ended.state is JobState.CANCELLED


def test_what_waits_on_the_queue_is_not_put_there_again(graph: Graph, settings: QueueSettings) -> None:
    app = make_celery(settings)
    job, _ = Jobs(graph).ask(TrainRequest(), sender(app))
    graph.update_record(JOB, job.job_id, {"sentAt": 0})

    assert keep_queue(app, [JobKind.TRAIN], settings) == []
    assert waiting(app, JobKind.TRAIN) == 1

    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        client.flushall()
    assert keep_queue(app, [JobKind.TRAIN], settings) == [job.job_id]
    assert keep_queue(app, [JobKind.TRAIN], settings) == []
    assert waiting(app, JobKind.TRAIN) == 1


def test_a_worker_that_does_clean_ups_asks_for_one_a_day(graph: Graph, settings: QueueSettings) -> None:
    app = make_celery(settings)

    keep_queue(app, [JobKind.TRAIN], settings)
    assert Jobs(graph).list() == []

    for _ in range(2):
        keep_queue(app, [JobKind.INGEST, JobKind.CLEAN_UP], settings)

    assert [job.kind for job in Jobs(graph).list()] == [JobKind.CLEAN_UP]
    assert waiting(app, JobKind.CLEAN_UP) == 1


def test_the_ingest_worker_cleans_up_unasked(
    graph: Graph, work: Callable[[str], contextlib.AbstractContextManager[Process]]
) -> None:
    graph.create_record(JOB, {"jobId": "old", "kind": "ingest", "state": "succeeded", "createdAt": 0})
    for number in range(JOBS_KEPT_OF_EACH_KIND):
        graph.create_record(JOB, {"jobId": f"new{number}", "kind": "ingest", "state": "succeeded", "createdAt": 1})

    with work("ingest-worker") as worker:
        worker.wait_until(lambda: bool(Jobs(graph).list(kind=JobKind.CLEAN_UP)), timeout_seconds=60)
        job = Jobs(graph).list(kind=JobKind.CLEAN_UP)[0]
        done = wait_for(graph, job.job_id, lambda job: job.state.is_final, worker)

    assert (done.state, done.result) == (
        JobState.SUCCEEDED,
        {
            "counts": {
                "jobs": {"removed": 1},
                "versions": {"removed": 0},
                "trials": {"removed": 0},
                "receipts": {"removed": 0},
            }
        },
    )
    assert graph.read_record(JOB, "old") is None


def test_a_dead_workers_job_that_is_cancelled_ends_at_once_and_gives_up_its_turn(graph: Graph) -> None:
    jobs = Jobs(graph)
    dead, _ = jobs.ask(TrainRequest(), nobody)
    assert isinstance(jobs.claim(dead.job_id, owner="a worker that dies", lease_seconds=0.05), Claim)
    time.sleep(0.1)

    assert jobs.cancel(dead.job_id).state is JobState.CANCELLED
    following, _ = jobs.ask(TrainRequest(), nobody)
    assert isinstance(jobs.claim(following.job_id, owner="another", lease_seconds=5), Claim)


def test_a_worker_does_what_a_schedule_asks_for_and_keeps_its_log(
    graph: Graph, work: Callable[[str], contextlib.AbstractContextManager[Process]]
) -> None:
    by_events = Schedules(graph).create(IngestRequest(source="sample"), Plan(every_events=10))
    resting = Schedules(graph).create(TrainRequest(), Plan(cron="* * * * *", enabled=False))

    with work("ingest-worker") as worker:
        worker.wait_until(lambda: bool(Jobs(graph).list(kind=JobKind.CLEAN_UP)), timeout_seconds=60)  # it has looked
        assert Jobs(graph).list(kind=JobKind.INGEST) == []
        graph.update_record(GRAPH_STATE, STATE_KEY, {"eventCount": 10})
        worker.wait_until(lambda: Schedules(graph).get(by_events.schedule_id).runs == 1, timeout_seconds=60)
        job_id = Schedules(graph).get(by_events.schedule_id).last_job_id
        assert job_id is not None
        done = wait_for(graph, job_id, lambda job: job.state.is_final, worker)

    assert done.state is JobState.SUCCEEDED, done.error
    assert [job.job_id for job in Jobs(graph).list(kind=JobKind.INGEST)] == [job_id]
    assert Schedules(graph).get(resting.schedule_id).runs == 0
    lines = [line.text for line in read_log(graph, done)]
    assert (lines[0], lines[-1]) == (
        f"ingest job {job_id} begins here, for the first time",
        f"job {job_id} succeeded",
    )
    assert [line for line in lines if line.startswith("stage ")]
