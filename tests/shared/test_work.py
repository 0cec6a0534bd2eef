"""A job's life as a worker sees it, on a real store."""

import threading
import time
from collections.abc import Callable

import pytest

from shared.errors import InvalidInputError, LeaseLostError, UnavailableError
from shared.graph import Graph
from shared.job_records import Claim, Jobs, Wait
from shared.jobs import Job, JobKind, JobState, TrainRequest
from shared.schema import JOB
from shared.work import JobContext, Outcome, do_job

STAGES = {"read": 1.0, "fit": 3.0}


def queue_training(graph: Graph) -> Job:
    sent: list[tuple[JobKind, str]] = []
    job, is_new = Jobs(graph).ask(TrainRequest(), lambda kind, job_id: sent.append((kind, job_id)))
    assert is_new
    assert sent == [(JobKind.TRAIN, job.job_id)]
    return job


def run(graph: Graph, job: Job, work: Callable[[JobContext], Outcome], lease_seconds: float = 30) -> Wait | None:
    return do_job(graph, job.job_id, work, stages=STAGES, lease_seconds=lease_seconds)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "nothing happened in ten seconds"
        time.sleep(0.02)


def test_a_job_that_ends_well_keeps_its_result(sqlite_graph: Graph) -> None:
    job = queue_training(sqlite_graph)

    assert run(sqlite_graph, job, lambda _context: Outcome({"version": "v1"})) is None

    ended = Jobs(sqlite_graph).get(job.job_id)
    assert ended.state is JobState.SUCCEEDED
    assert ended.result == {"version": "v1"}
    assert ended.progress == 1.0
    assert ended.started_at is not None
    assert ended.finished_at is not None
    assert ended.created_at <= ended.started_at <= ended.finished_at


def test_a_rejected_training_is_no_failure(sqlite_graph: Graph) -> None:
    job = queue_training(sqlite_graph)

    run(sqlite_graph, job, lambda _context: Outcome({"verdict": "no"}, JobState.REJECTED))

    assert Jobs(sqlite_graph).get(job.job_id).state is JobState.REJECTED


@pytest.mark.parametrize(
    ("raised", "shown"),
    [
        (InvalidInputError("There is no folder /x."), "There is no folder /x."),
        (ZeroDivisionError("division by zero"), "Unexpected ZeroDivisionError: division by zero"),
    ],
)
def test_a_job_that_raises_has_failed_and_says_why(sqlite_graph: Graph, raised: Exception, shown: str) -> None:
    job = queue_training(sqlite_graph)

    def work(_context: JobContext) -> Outcome:
        raise raised

    run(sqlite_graph, job, work)

    ended = Jobs(sqlite_graph).get(job.job_id)
    assert (ended.state, ended.error) == (JobState.FAILED, shown)


def test_a_server_that_is_away_leaves_the_job_to_be_delivered_again(sqlite_graph: Graph) -> None:
    job = queue_training(sqlite_graph)

    def work(_context: JobContext) -> Outcome:
        raise UnavailableError("Neo4j does not answer.")

    with pytest.raises(UnavailableError):
        run(sqlite_graph, job, work, lease_seconds=0.2)
    time.sleep(0.25)

    assert run(sqlite_graph, job, lambda _context: Outcome()) is None
    assert Jobs(sqlite_graph).get(job.job_id).state is JobState.SUCCEEDED


def test_a_message_delivered_twice_finds_nothing_to_do(sqlite_graph: Graph) -> None:
    job = queue_training(sqlite_graph)
    runs: list[str] = []

    def work(context: JobContext) -> Outcome:
        runs.append(context.job.job_id)
        return Outcome()

    run(sqlite_graph, job, work)
    run(sqlite_graph, job, work)

    assert runs == [job.job_id]


def test_a_copy_of_a_running_job_waits_for_the_end_of_its_lease(sqlite_graph: Graph) -> None:
    job = queue_training(sqlite_graph)
    waits: list[Wait | None] = []

    def work(_context: JobContext) -> Outcome:
        waits.append(run(sqlite_graph, job, lambda _context: Outcome({"copy": True}), lease_seconds=30))
        return Outcome({"copy": False})

    run(sqlite_graph, job, work, lease_seconds=30)

    assert isinstance(waits[0], Wait)
    assert 25 < waits[0].seconds <= 31
    assert Jobs(sqlite_graph).get(job.job_id).result == {"copy": False}


def test_a_second_training_waits_for_the_first(sqlite_graph: Graph) -> None:
    first = queue_training(sqlite_graph)
    waits: list[Wait | None] = []

    def work(_context: JobContext) -> Outcome:
        second = queue_training(sqlite_graph)
        waits.append(run(sqlite_graph, second, lambda _context: Outcome()))
        assert Jobs(sqlite_graph).get(second.job_id).state is JobState.QUEUED
        return Outcome()

    run(sqlite_graph, first, work)

    assert isinstance(waits[0], Wait)
    second = Jobs(sqlite_graph).list(state=JobState.QUEUED)[0]
    assert run(sqlite_graph, second, lambda _context: Outcome()) is None
    assert Jobs(sqlite_graph).get(second.job_id).state is JobState.SUCCEEDED


def test_progress_is_weighed_by_stage_and_written_down(sqlite_graph: Graph) -> None:
    job = queue_training(sqlite_graph)
    seen: list[Job] = []

    def work(context: JobContext) -> Outcome:
        context.progress("fit", 0.5)
        wait_for(lambda: Jobs(sqlite_graph).get(job.job_id).stage == "fit")
        seen.append(Jobs(sqlite_graph).get(job.job_id))
        return Outcome()

    run(sqlite_graph, job, work)

    assert seen[0].stage_progress == 0.5
    assert seen[0].progress == pytest.approx((1 + 3 * 0.5) / 4)
    assert seen[0].seconds_left is not None


def test_a_stage_that_was_not_declared_is_an_error(sqlite_graph: Graph) -> None:
    job = queue_training(sqlite_graph)

    def work(context: JobContext) -> Outcome:
        context.progress("dance", 0.5)
        return Outcome()

    run(sqlite_graph, job, work)

    assert Jobs(sqlite_graph).get(job.job_id).error == "Unexpected KeyError: 'dance'"


def until_stopped(context: JobContext) -> Outcome:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        context.progress("fit", 0.1)
        time.sleep(0.01)
    return Outcome({"stopped": False})


def test_a_running_job_stops_when_it_is_cancelled(sqlite_graph: Graph) -> None:
    job = queue_training(sqlite_graph)
    jobs = Jobs(sqlite_graph)
    worker = threading.Thread(target=run, args=(sqlite_graph, job, until_stopped))
    worker.start()
    wait_for(lambda: jobs.get(job.job_id).state is JobState.RUNNING)

    jobs.cancel(job.job_id)
    worker.join(5)

    assert not worker.is_alive()
    assert jobs.get(job.job_id).state is JobState.CANCELLED


def test_a_job_cancelled_while_it_waited_is_not_begun(sqlite_graph: Graph) -> None:
    job = queue_training(sqlite_graph)
    Jobs(sqlite_graph).cancel(job.job_id)
    runs: list[str] = []

    def work(context: JobContext) -> Outcome:
        runs.append(context.job.job_id)
        return Outcome()

    run(sqlite_graph, job, work)

    assert runs == []
    assert Jobs(sqlite_graph).get(job.job_id).state is JobState.CANCELLED


def test_a_worker_that_was_taken_over_stops_and_changes_nothing(sqlite_graph: Graph) -> None:
    job = queue_training(sqlite_graph)
    jobs = Jobs(sqlite_graph)
    errors: list[Exception] = []

    def work(context: JobContext) -> Outcome:
        # as if this worker had been stopped past its lease, and another had claimed the job
        sqlite_graph.update_record(JOB, job.job_id, {"leaseUntil": 0})
        other = jobs.claim(job.job_id, owner="other", lease_seconds=30)
        assert isinstance(other, Claim)
        try:
            return until_stopped(context)
        except LeaseLostError as error:
            errors.append(error)
            raise

    run(sqlite_graph, job, work)

    assert len(errors) == 1
    assert jobs.get(job.job_id).state is JobState.RUNNING
    assert jobs.get(job.job_id).fence == 2


def test_a_worker_that_was_taken_over_in_its_sleep_writes_nothing(sqlite_graph: Graph) -> None:
    job = queue_training(sqlite_graph)

    def sleep_through_a_takeover(context: JobContext) -> Outcome:
        sqlite_graph.update_record(JOB, job.job_id, {"leaseUntil": 0})  # as if it had slept for so long
        assert isinstance(Jobs(sqlite_graph).claim(job.job_id, owner="another", lease_seconds=30), Claim)
        context.graph.bump_revision()
        raise AssertionError("it wrote")

    assert run(sqlite_graph, job, sleep_through_a_takeover) is None

    assert sqlite_graph.read_revision() == 0
    assert Jobs(sqlite_graph).get(job.job_id).state is JobState.RUNNING  # the other goes on
