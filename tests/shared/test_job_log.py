"""A job's log, kept in both stores while the job is done."""

import logging
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from shared.graph import Graph
from shared.job_log import LINES_IN_A_PART, PARTS_KEPT, LogLine, owner_name, read_log
from shared.job_records import Claim, Jobs
from shared.jobs import Job, TrainRequest
from shared.schema import JOB, JOB_LOG
from shared.work import JobContext, Outcome, do_job

log = logging.getLogger("work")


@pytest.fixture(autouse=True)
def _level() -> Iterator[None]:
    """A worker's: Celery sets it."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.INFO)
    yield
    root.setLevel(before)


def run(graph: Graph, work: Callable[[JobContext], Outcome], job: Job | None = None) -> Job:
    jobs = Jobs(graph)
    asked = job or jobs.ask(TrainRequest(), lambda _kind, _job_id: None)[0]
    do_job(graph, asked.job_id, work, stages={"fit": 1.0}, lease_seconds=30)
    return jobs.get(asked.job_id)


def texts(lines: list[LogLine]) -> list[str]:
    return [line.text for line in lines]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it has not come about"
        time.sleep(0.05)


def test_what_a_worker_logs_is_kept_with_the_job_from_its_beginning_to_its_end(graph: Graph) -> None:
    def work(context: JobContext) -> Outcome:
        context.progress("fit", 0.5)
        log.warning("half of %d are done", 4)
        log.debug("nobody wants to know")
        return Outcome()

    job = run(graph, work)

    lines = read_log(graph, job)
    assert texts(lines) == [
        f"train job {job.job_id} begins here, for the first time",
        "stage fit",
        "half of 4 are done",
        f"job {job.job_id} succeeded",
    ]
    assert [line.number for line in lines] == [1, 2, 3, 4]
    assert [line.level for line in lines] == ["INFO", "INFO", "WARNING", "INFO"]
    assert {line.worker for line in lines} == {owner_name()}
    assert abs(lines[0].at - time.time() * 1_000) < 60_000
    assert texts(read_log(graph, job, after=1, limit=2)) == ["stage fit", "half of 4 are done"]
    assert read_log(graph, job, after=4) == []
    log.info("nobody does a job now")
    assert len(read_log(graph, Jobs(graph).get(job.job_id))) == 4


def test_lines_are_there_while_the_job_still_runs(sqlite_graph: Graph) -> None:
    def work(context: JobContext) -> Outcome:
        log.info("read me")
        job_id = context.job.job_id
        until(lambda: "read me" in texts(read_log(sqlite_graph, Jobs(sqlite_graph).get(job_id))))
        return Outcome()

    assert run(sqlite_graph, work).state == "succeeded"


def test_a_job_that_fails_keeps_its_traceback(sqlite_graph: Graph) -> None:
    def work(_context: JobContext) -> Outcome:
        return Outcome({"part": 1 // 0})

    job = run(sqlite_graph, work)

    last = read_log(sqlite_graph, job)[-1]
    assert (job.state, last.level) == ("failed", "WARNING")
    assert last.text.startswith(f"job {job.job_id} failed: Unexpected ZeroDivisionError")
    assert 'return Outcome({"part": 1 // 0})' in last.text


def test_the_next_worker_goes_on_where_the_kept_lines_of_a_killed_one_end(sqlite_graph: Graph) -> None:
    jobs = Jobs(sqlite_graph)
    job, _ = jobs.ask(TrainRequest(), lambda _kind, _job_id: None)

    class KilledError(BaseException):
        """As if the process were gone."""

    def die(_context: JobContext) -> Outcome:
        log.info("still kept")
        until(lambda: jobs.get(job.job_id).log_lines == 2)
        raise KilledError

    with pytest.raises(KilledError):
        run(sqlite_graph, die, job)
    sqlite_graph.update_record(JOB, job.job_id, {"leaseUntil": 0})
    sqlite_graph.update_record(JOB_LOG, f"{job.job_id}.0", {"lines": _of_another_worker(sqlite_graph, job.job_id)})
    done = run(sqlite_graph, lambda _context: Outcome(), job)

    lines = read_log(sqlite_graph, done)
    assert [(line.number, line.worker) for line in lines] == [
        (1, "another:1"),
        (2, "another:1"),
        (3, owner_name()),
        (4, owner_name()),
    ]
    assert texts(lines)[1:3] == ["still kept", f"train job {job.job_id} begins here, for the second time"]


def _of_another_worker(graph: Graph, job_id: str) -> str:
    lines = graph.read_large(JOB_LOG, f"{job_id}.0", "lines")
    assert lines is not None
    return lines.replace(owner_name(), "another:1")


def test_a_worker_that_was_taken_over_adds_nothing(sqlite_graph: Graph) -> None:
    jobs = Jobs(sqlite_graph)

    def work(context: JobContext) -> Outcome:
        sqlite_graph.update_record(JOB, context.job.job_id, {"leaseUntil": 0})
        assert isinstance(jobs.claim(context.job.job_id, owner="other", lease_seconds=30), Claim)
        log.info("I woke")
        return Outcome()

    job = run(sqlite_graph, work)

    assert (job.state, job.fence) == ("running", 2)
    assert "I woke" not in texts(read_log(sqlite_graph, job))


def test_of_a_long_log_the_newest_lines_are_kept_and_what_comes_too_fast_is_counted(sqlite_graph: Graph) -> None:
    most = LINES_IN_A_PART * PARTS_KEPT

    def work(context: JobContext) -> Outcome:
        def are_written(lines: int) -> bool:
            return Jobs(sqlite_graph).get(context.job.job_id).log_lines == lines

        for number in range(1, most + 200):
            log.info("line %d", number)
            if number % 400 == 0 or number == most + 199:
                until(partial(are_written, number + 1))  # with the line that says that the job begins
        for number in range(600):
            log.info("fast %d", number)
        return Outcome()

    job = run(sqlite_graph, work)

    lines = read_log(sqlite_graph, job, limit=10_000)
    assert most - LINES_IN_A_PART < len(lines) <= most
    assert [line.number for line in lines] == list(range(lines[0].number, job.log_lines + 1))
    assert lines[0].number > 200
    assert "lines came too fast and were left out here." in "".join(texts(lines))
    assert sqlite_graph.check().nodes[JOB_LOG.label] == PARTS_KEPT


def test_a_line_is_bounded(sqlite_graph: Graph) -> None:
    def work(_context: JobContext) -> Outcome:
        log.info("%sthe end", "a" * 5_000)
        return Outcome()

    long = read_log(sqlite_graph, run(sqlite_graph, work))[1].text

    assert len(long) == 2_000
    assert long.endswith("the end")


def test_a_line_that_can_not_be_made_into_text_ends_no_work_and_the_driver_is_not_heard(
    sqlite_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)

    def work(_context: JobContext) -> Outcome:
        log.info("%d are done", "four")
        logging.getLogger("neo4j.notifications").warning("an index would help")
        return Outcome()

    job = run(sqlite_graph, work)

    assert (job.state, job.log_lines) == ("succeeded", 2)
