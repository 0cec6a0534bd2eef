"""Schedules on both stores: what is due, and that a due run makes one job. The store's clock is turned by hand."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from shared.graph import Graph
from shared.graph.state import STATE_KEY
from shared.job_records import Claim, Jobs
from shared.jobs import CleanUpRequest, IngestRequest, Job, JobKind, JobState, TrainRequest
from shared.schedules import MOST_SCHEDULES, Plan, Schedule, Schedules
from shared.schema import GRAPH_STATE, JOB, SCHEDULE
from tests.shared.graph.racing import race

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MIDNIGHT = 20_000 * DAY
NIGHTLY = Plan(cron="30 2 * * *")
INGEST = IngestRequest(source="sample")


class Clock:
    """The store's, and how far it has been turned."""

    now = MIDNIGHT

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(type(graph), "now", lambda _self: clock())
    return clock


@pytest.fixture
def sent() -> list[tuple[JobKind, str]]:
    return []


@pytest.fixture
def look(graph: Graph, clock: Clock, sent: list[tuple[JobKind, str]]) -> Callable[..., Sequence[Job]]:
    """What a worker does now and then, at a time and after so many events."""

    def ask(at: int, events: int = 0) -> Sequence[Job]:
        clock.now = at
        graph.update_record(GRAPH_STATE, STATE_KEY, {"eventCount": events})
        return Schedules(graph).ask_for_due(lambda kind, job_id: sent.append((kind, job_id)))

    return ask


def end(graph: Graph, job: Job) -> None:
    claim = Jobs(graph).claim(job.job_id, owner="w", lease_seconds=30)
    assert isinstance(claim, Claim)
    Jobs(graph).finish(claim, JobState.SUCCEEDED)


def test_a_job_is_asked_for_at_its_times_and_once_at_each(
    graph: Graph, look: Callable[..., Sequence[Job]], sent: list[tuple[JobKind, str]]
) -> None:
    made = Schedules(graph).create(INGEST, NIGHTLY)
    assert (made.next_run_at, made.last_run_at, made.plan) == (MIDNIGHT + 150 * MINUTE, None, NIGHTLY)

    assert look(MIDNIGHT + 149 * MINUTE) == []
    (job,) = look(MIDNIGHT + 151 * MINUTE)
    assert look(MIDNIGHT + 152 * MINUTE) == []

    assert (job.kind, job.payload["source"], job.state) == (JobKind.INGEST, "sample", JobState.QUEUED)
    assert sent == [(JobKind.INGEST, job.job_id)]
    after = Schedules(graph).get(made.schedule_id)
    assert (after.last_run_at, after.next_run_at) == (MIDNIGHT + 151 * MINUTE, MIDNIGHT + DAY + 150 * MINUTE)
    assert after.last_job_id == job.job_id
    end(graph, job)
    (second,) = look(MIDNIGHT + DAY + 150 * MINUTE)
    assert second.job_id != job.job_id


def test_of_many_missed_runs_one_is_made(graph: Graph, look: Callable[..., Sequence[Job]]) -> None:
    made = Schedules(graph).create(INGEST, Plan(cron="* * * * *"))

    (job,) = look(MIDNIGHT + 7 * DAY)
    end(graph, job)

    assert look(MIDNIGHT + 7 * DAY + 1_000) == []
    assert Schedules(graph).get(made.schedule_id).next_run_at == MIDNIGHT + 7 * DAY + MINUTE


def test_a_job_is_asked_for_after_so_many_events_or_at_its_time_and_either_begins_the_count_anew(
    graph: Graph, look: Callable[..., Sequence[Job]]
) -> None:
    graph.update_record(GRAPH_STATE, STATE_KEY, {"eventCount": 1_000})
    Schedules(graph).create(INGEST, Plan(cron="0 12 * * *", every_events=100))

    assert look(MIDNIGHT, 1_099) == []
    (by_events,) = look(MIDNIGHT + HOUR, 1_150)
    end(graph, by_events)
    assert look(MIDNIGHT + HOUR, 1_249) == []
    (by_time,) = look(MIDNIGHT + 12 * HOUR, 1_249)
    end(graph, by_time)
    assert look(MIDNIGHT + 13 * HOUR, 1_348) == []
    assert len(look(MIDNIGHT + 13 * HOUR, 1_349)) == 1


def test_while_its_job_has_not_ended_the_next_one_waits(graph: Graph, look: Callable[..., Sequence[Job]]) -> None:
    Schedules(graph).create(INGEST, Plan(cron="0 * * * *"))
    (first,) = look(MIDNIGHT + HOUR)

    assert look(MIDNIGHT + 2 * HOUR) == []
    assert look(MIDNIGHT + 3 * HOUR) == []
    end(graph, first)

    assert len(look(MIDNIGHT + 3 * HOUR + MINUTE)) == 1
    assert Schedules(graph).list()[0].next_run_at == MIDNIGHT + 4 * HOUR


def test_of_several_workers_at_once_one_makes_the_job(graph: Graph, clock: Clock) -> None:
    for request in (INGEST, TrainRequest(seed=1), CleanUpRequest()):
        Schedules(graph).create(request, NIGHTLY)
    clock.now = MIDNIGHT + 3 * HOUR
    sent: list[tuple[JobKind, str]] = []

    def work(_number: int) -> Sequence[Job]:
        return Schedules(graph).ask_for_due(lambda kind, job_id: sent.append((kind, job_id)))

    made = [job for jobs in race(6, work) for job in jobs]

    # One that was overtaken between making a job and sending it leaves the sending to whoever looks after the queue.
    for kinds in ([job.kind for job in made], [kind for kind, _ in sent]):
        assert len(set(kinds)) == len(kinds), "none was made or sent twice"
    assert sorted(job.kind for job in Jobs(graph).list()) == ["clean-up", "ingest", "train"]
    assert [schedule.runs for schedule in Schedules(graph).list()] == [1, 1, 1]


def test_a_worker_that_was_killed_before_it_counted_the_run_is_followed_by_one_that_makes_no_second_job(
    graph: Graph, look: Callable[..., Sequence[Job]]
) -> None:
    made = Schedules(graph).create(INGEST, NIGHTLY)
    Jobs(graph).ask(INGEST, lambda *_: None, job_id=made.job_id)  # as far as the killed one came

    assert look(MIDNIGHT + 3 * HOUR) == []

    assert [job.job_id for job in Jobs(graph).list()] == [made.job_id]
    after = Schedules(graph).get(made.schedule_id)
    assert (after.runs, after.last_job_id) == (1, made.job_id)


class Late(Schedules):
    """A worker that stands still between its look and its asking, while another runs the schedule, and its job ends."""

    meanwhile: Callable[[], Any]

    def _run(self, schedule: Schedule, *more: Any) -> dict[str, Job]:  # noqa: ANN401 - handed on
        self.meanwhile()
        return super()._run(schedule, *more)


def test_a_worker_that_wakes_after_another_has_run_it_makes_nothing(graph: Graph, clock: Clock) -> None:
    Schedules(graph).create(TrainRequest(seed=1), NIGHTLY)
    clock.now = MIDNIGHT + 3 * HOUR

    def meanwhile() -> None:
        (job,) = Schedules(graph).ask_for_due(lambda *_: None)
        end(graph, job)
        graph.delete_nodes(JOB, [job.job_id])  # by a clean-up, long after

    late = Late(graph)
    late.meanwhile = meanwhile

    assert late.ask_for_due(lambda *_: None) == []
    assert Jobs(graph).list() == []


def test_where_a_training_waits_already_that_is_the_run(graph: Graph, look: Callable[..., Sequence[Job]]) -> None:
    waiting, _ = Jobs(graph).ask(TrainRequest(seed=1), lambda *_: None)
    made = Schedules(graph).create(TrainRequest(seed=1), NIGHTLY)

    assert look(MIDNIGHT + 3 * HOUR) == []

    assert Schedules(graph).get(made.schedule_id).last_job_id == waiting.job_id


def test_where_the_queue_is_away_the_job_waits_to_be_put_there(graph: Graph, clock: Clock) -> None:
    Schedules(graph).create(INGEST, NIGHTLY)
    clock.now = MIDNIGHT + 3 * HOUR

    def refuse(_kind: JobKind, _job_id: str) -> None:
        raise UnavailableError("The queue does not answer.")

    (job,) = Schedules(graph).ask_for_due(refuse)

    assert Jobs(graph).get(job.job_id).state is JobState.QUEUED
    clock.now += MINUTE
    assert Jobs(graph).put_back(JobKind.INGEST, lambda *_: None, waiting=0, patience_seconds=30) == [job.job_id]


def test_one_that_rests_makes_nothing_and_makes_nothing_up_when_it_is_enabled(
    graph: Graph, look: Callable[..., Sequence[Job]]
) -> None:
    schedules = Schedules(graph)
    made = schedules.create(INGEST, Plan(cron="0 * * * *", every_events=10, enabled=False))

    assert look(MIDNIGHT + 5 * HOUR, 500) == []
    enabled = schedules.change(made.schedule_id, {"enabled": True})

    assert (enabled.next_run_at, enabled.last_event_count) == (MIDNIGHT + 6 * HOUR, 500)
    assert look(MIDNIGHT + 5 * HOUR + MINUTE, 509) == []
    assert len(look(MIDNIGHT + 5 * HOUR + MINUTE, 510)) == 1


def test_parts_of_a_schedule_are_changed_and_it_is_deleted(graph: Graph, clock: Clock) -> None:
    schedules = Schedules(graph)
    made = schedules.create(TrainRequest(seed=1), NIGHTLY)
    clock.now += HOUR

    only_the_request = schedules.change(made.schedule_id, {}, {"seed": 2})
    assert (only_the_request.payload["seed"], only_the_request.next_run_at) == (2, made.next_run_at)
    changed = schedules.change(made.schedule_id, {"cron": None, "every_events": 5})
    assert (changed.plan, changed.next_run_at) == (Plan(every_events=5), None)
    with pytest.raises(InvalidInputError, match="needs cron words"):
        schedules.change(made.schedule_id, {"every_events": None})
    with pytest.raises(InvalidInputError, match="seed"):
        schedules.change(made.schedule_id, {}, {"seed": "x"})

    schedules.delete(made.schedule_id)
    assert schedules.list() == []
    for call in (schedules.get, schedules.delete, lambda key: schedules.change(key, {})):
        with pytest.raises(NotFoundError, match="no schedule"):
            call(made.schedule_id)


def test_one_that_an_earlier_marquee_has_made_and_no_longer_fits_is_disabled_and_says_why(
    sqlite_graph: Graph,
) -> None:
    schedules = Schedules(sqlite_graph)
    broken, sound = (schedules.create(INGEST, Plan(cron="* * * * *")) for _ in range(2))
    payload = {"payload": '{"colour": "red"}', "nextRunAt": 0}
    sqlite_graph.update_record(SCHEDULE, broken.schedule_id, payload)
    sqlite_graph.update_record(SCHEDULE, sound.schedule_id, {"nextRunAt": 0})

    made = schedules.ask_for_due(lambda *_: None)

    assert [job.job_id for job in made] == [schedules.get(sound.schedule_id).last_job_id]
    found = schedules.get(broken.schedule_id)
    assert (found.plan.enabled, found.last_error is not None and "colour" in found.last_error) == (False, True)


def test_there_are_only_so_many(sqlite_graph: Graph) -> None:
    for number in range(MOST_SCHEDULES):
        record = {"scheduleId": str(number), "kind": "ingest", "payload": "{}", "timeZone": "UTC", "runs": 0}
        sqlite_graph.create_record(SCHEDULE, record)

    with pytest.raises(ConflictError, match="100 schedules already"):
        Schedules(sqlite_graph).create(INGEST, NIGHTLY)
