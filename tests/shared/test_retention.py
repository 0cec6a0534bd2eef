"""What is kept of jobs and versions, and that a clean-up removes the rest, on both stores."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from shared.errors import LeaseLostError
from shared.graph import Graph
from shared.graph.columns import objects
from shared.job_records import Claim, Jobs
from shared.jobs import CleanUpRequest, Job, JobKind, JobState, TrainRequest
from shared.models import RANKING, RATING, VersionState
from shared.retention import JOBS_KEPT_OF_EACH_KIND, STAGES, Rule, clean_up, is_due
from shared.schema import JOB, JOB_LOG, MODEL_VERSION, RECEIPT, SERVES, TRIAL, TUNED_SETTINGS, Slot
from shared.work import JobContext, Outcome, do_job

DAY_MS = 24 * 3_600 * 1_000
RULE = Rule(jobs_days=90, versions=20)


def nobody(_kind: JobKind, _job_id: str) -> None:
    """A sender whose message is lost."""


def put_jobs(graph: Graph, prefix: str, count: int, *, kind: JobKind, state: JobState, days_ago: float) -> None:
    """Jobs `prefix0`, `prefix1`, …, each a millisecond younger than the one before; those that have ended took none."""
    at = graph.now() - round(days_ago * DAY_MS) + np.arange(count)
    columns = {
        "jobId": objects([f"{prefix}{n}" for n in range(count)]),
        "kind": objects([kind.value] * count),
        "state": objects([state.value] * count),
        "payload": objects(["{}"] * count),
        "createdAt": at,
    }
    graph.put_nodes(JOB, {**columns, "finishedAt": at} if state.is_final else columns)


def put_version(
    graph: Graph,
    name: str,
    created_at: int,
    state: VersionState,
    slot: Slot | None = None,
    *,
    pointer: str | None = None,
) -> None:
    """Without `pointer` as versions were written before there were two."""
    record = {"version": name, "createdAt": created_at, "state": state.value, "slot": slot and slot.value}
    record |= {"pointer": pointer}
    assert graph.create_record(MODEL_VERSION, record)


def run(graph: Graph, rule: Rule = RULE, work: Callable[[Rule, JobContext], Outcome] = clean_up) -> Job:
    """A clean-up, from the asking to the end."""
    jobs = Jobs(graph)
    job, _ = jobs.ask(CleanUpRequest(), nobody)
    assert do_job(graph, job.job_id, partial(work, rule), stages=STAGES, lease_seconds=30) is None
    return jobs.get(job.job_id)


def removed(jobs: int, versions: int, trials: int = 0, receipts: int = 0) -> dict[str, dict[str, dict[str, int]]]:
    """The result of a clean-up that has removed so many."""
    counts = {"jobs": jobs, "versions": versions, "trials": trials, "receipts": receipts}
    return {"counts": {name: {"removed": count} for name, count in counts.items()}}


def job_ids(graph: Graph, prefix: str) -> set[str]:
    return {key for key in graph.read_nodes(JOB).keys.tolist() if key.startswith(prefix)}


def version_names(graph: Graph) -> set[str]:
    return set(graph.read_nodes(MODEL_VERSION).keys.tolist())


def test_jobs_that_ended_long_ago_go_but_for_the_newest_hundred_of_their_kind(graph: Graph) -> None:
    put_jobs(graph, "ingest", 103, kind=JobKind.INGEST, state=JobState.SUCCEEDED, days_ago=91)
    put_jobs(graph, "train", 2, kind=JobKind.TRAIN, state=JobState.REJECTED, days_ago=91)

    done = run(graph)

    assert (done.state, done.result) == (JobState.SUCCEEDED, removed(3, 0))
    assert job_ids(graph, "ingest") == {f"ingest{n}" for n in range(3, 103)}
    assert job_ids(graph, "train") == {"train0", "train1"}


def test_a_log_goes_with_its_job(graph: Graph) -> None:
    put_jobs(graph, "ingest", 101, kind=JobKind.INGEST, state=JobState.SUCCEEDED, days_ago=91)
    for key, job_id in (("a", "ingest0"), ("b", "ingest0"), ("c", "ingest1"), ("d", "gone")):
        assert graph.create_record(JOB_LOG, {"partId": key, "jobId": job_id, "lines": "[]"})

    done = run(graph)

    assert done.result == removed(1, 0)
    assert {key for key in graph.read_nodes(JOB_LOG).keys.tolist() if len(key) == 1} == {"c"}


def test_a_job_that_waits_or_runs_or_ended_of_late_never_goes(graph: Graph) -> None:
    put_jobs(graph, "queued", 1, kind=JobKind.INGEST, state=JobState.QUEUED, days_ago=1_000)
    put_jobs(graph, "running", 1, kind=JobKind.INGEST, state=JobState.RUNNING, days_ago=1_000)
    put_jobs(graph, "long", 1, kind=JobKind.INGEST, state=JobState.FAILED, days_ago=1_000)
    graph.update_record(JOB, "long0", {"finishedAt": graph.now() - 89 * DAY_MS})
    put_jobs(graph, "late", 1, kind=JobKind.INGEST, state=JobState.CANCELLED, days_ago=89)
    put_jobs(graph, "kept", JOBS_KEPT_OF_EACH_KIND, kind=JobKind.INGEST, state=JobState.SUCCEEDED, days_ago=1)

    run(graph)

    assert {"queued0", "running0", "long0", "late0", "kept0"} <= set(graph.read_nodes(JOB).keys.tolist())


def test_versions_go_but_for_the_newest_the_served_one_and_those_with_vectors(graph: Graph) -> None:
    for n in range(6):
        put_version(graph, f"v{n}", n, VersionState.REJECTED if n % 2 else VersionState.READY)
    graph.update_record(MODEL_VERSION, "v0", {"slot": "A"})
    graph.update_record(MODEL_VERSION, "v1", {"slot": "B", "state": VersionState.WRITING.value})
    assert graph.move_pointer(SERVES, RANKING, expected=None, target="v2")

    done = run(graph, Rule(jobs_days=90, versions=1))

    assert done.result == removed(0, 2)
    assert version_names(graph) == {"v0", "v1", "v2", "v5"}
    assert graph.read_pointer(SERVES, RANKING) == "v2"


def test_trials_go_with_the_jobs_of_their_time_and_settings_that_were_tuned_stay(graph: Graph) -> None:
    for name, days_ago in (("old", 91), ("new", 89)):
        assert graph.create_record(TRIAL, {"trialId": name, "createdAt": graph.now() - days_ago * DAY_MS})
    assert graph.create_record(TUNED_SETTINGS, {"family": "inductive", "createdAt": 1})

    done = run(graph)

    assert done.result == removed(0, 0, 1)
    assert graph.read_nodes(TRIAL).keys.tolist() == ["new"]
    assert graph.read_nodes(TUNED_SETTINGS).keys.tolist() == ["inductive"]


def test_receipts_go_after_a_day_in_parts(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.retention._RECEIPTS_AT_ONCE", 2)
    hour = 3_600 * 1_000
    for number, hours_ago in enumerate((25, 25, 30, 1_000, 23, 0)):
        assert graph.create_record(RECEIPT, {"receiptId": str(number), "at": graph.now() - hours_ago * hour})

    assert run(graph).result == removed(0, 0, 0, 4)

    assert sorted(graph.read_nodes(RECEIPT).keys) == ["4", "5"]


def test_a_second_clean_up_finds_nothing_to_do(graph: Graph) -> None:
    put_jobs(graph, "old", 101, kind=JobKind.INGEST, state=JobState.SUCCEEDED, days_ago=91)

    assert run(graph).result == removed(1, 0)
    assert run(graph).result == removed(0, 0)


def test_a_clean_up_that_is_stopped_ends_between_two_parts_and_the_next_delivery_goes_on(sqlite_graph: Graph) -> None:
    graph = sqlite_graph
    put_jobs(graph, "old", 2_100, kind=JobKind.INGEST, state=JobState.SUCCEEDED, days_ago=91)

    def stopped(rule: Rule, context: JobContext) -> Outcome:
        delete = context.graph.delete_nodes

        def delete_and_stop(*arguments: object) -> int:
            context.stop(LeaseLostError("as if it was taken over"))
            return delete(*arguments)  # type: ignore[arg-type]

        context.graph.delete_nodes = delete_and_stop  # type: ignore[method-assign,assignment]
        return clean_up(rule, context)

    job = run(graph, work=stopped)
    assert job.state is JobState.RUNNING
    assert len(job_ids(graph, "old")) == 1_100

    graph.update_record(JOB, job.job_id, {"leaseUntil": 0})
    assert do_job(graph, job.job_id, partial(clean_up, RULE), stages=STAGES, lease_seconds=30) is None
    assert Jobs(graph).get(job.job_id).result == removed(1_000, 0)
    assert job_ids(graph, "old") == {f"old{n}" for n in range(2_000, 2_100)}


def test_versions_of_one_pointer_push_none_of_another_out(graph: Graph) -> None:
    for number in range(3):
        put_version(graph, f"old{number}", number, VersionState.READY)
        put_version(graph, f"ranks{number}", 10 + number, VersionState.READY, pointer=RANKING)
        put_version(graph, f"rates{number}", 20 + number, VersionState.READY, pointer=RATING)
    graph.move_pointer(SERVES, RATING, expected=None, target="rates0")

    run(graph, Rule(jobs_days=90, versions=2))

    assert set(graph.read_nodes(MODEL_VERSION).keys) == {"ranks1", "ranks2", "rates0", "rates1", "rates2"}


def test_a_clean_up_that_was_taken_over_removes_nothing(graph: Graph) -> None:
    put_jobs(graph, "old", 101, kind=JobKind.INGEST, state=JobState.SUCCEEDED, days_ago=91)

    def too_late(rule: Rule, context: JobContext) -> Outcome:
        graph.update_record(JOB, context.job.job_id, {"fence": 99})
        return clean_up(rule, context)

    run(graph, work=too_late)

    assert len(job_ids(graph, "old")) == 101


def test_one_is_due_a_day_after_the_last(graph: Graph) -> None:
    assert is_due(graph)
    last = run(graph)
    assert not is_due(graph)

    graph.update_record(JOB, last.job_id, {"createdAt": graph.now() - DAY_MS - 1_000})

    assert is_due(graph)


def test_one_that_failed_is_due_again_after_an_hour(graph: Graph) -> None:
    put_jobs(graph, "new", 1, kind=JobKind.CLEAN_UP, state=JobState.FAILED, days_ago=0.9 / 24)
    assert not is_due(graph)

    graph.update_record(JOB, "new0", {"createdAt": graph.now() - round(1.1 * DAY_MS / 24)})

    assert is_due(graph)


def test_one_at_most_waits_while_another_runs(graph: Graph) -> None:
    jobs = Jobs(graph)
    running, _ = jobs.ask(CleanUpRequest(), nobody)
    assert isinstance(jobs.claim(running.job_id, owner="w", lease_seconds=30), Claim)

    waiting, is_new = jobs.ask(CleanUpRequest(), nobody)

    assert is_new
    assert jobs.ask(CleanUpRequest(), nobody) == (waiting, False)


def test_a_training_can_be_asked_for_after_the_one_that_waited_last_was_removed(graph: Graph) -> None:
    jobs = Jobs(graph)
    waited, _ = jobs.ask(TrainRequest(), nobody)
    jobs.cancel(waited.job_id)
    graph.delete_nodes(JOB, [waited.job_id])

    job, is_new = jobs.ask(TrainRequest(), nobody)

    assert is_new
    assert job.state is JobState.QUEUED


@pytest.mark.slow
def test_a_hundred_thousand_old_jobs_are_removed_in_parts(sqlite_graph: Graph) -> None:
    graph = sqlite_graph
    put_jobs(graph, "old", 100_000, kind=JobKind.INGEST, state=JobState.SUCCEEDED, days_ago=91)
    sizes: list[int] = []

    def watched(rule: Rule, context: JobContext) -> Outcome:
        delete = context.graph.delete_nodes

        def count(kind: object, keys: list[str]) -> int:
            sizes.append(len(keys))
            return delete(kind, keys)  # type: ignore[arg-type]

        context.graph.delete_nodes = count  # type: ignore[method-assign,assignment]
        return clean_up(rule, context)

    done = run(graph, work=watched)

    assert done.result == removed(99_900, 0)
    assert max(sizes) == 1_000
