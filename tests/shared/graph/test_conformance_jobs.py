"""Claims, leases and fences of jobs hold in every store, also when several workers come at once."""

import time

import pytest

from shared.errors import ConflictError, LeaseLostError, UnavailableError
from shared.graph import Graph
from shared.job_records import Claim, Jobs, Wait
from shared.jobs import IngestRequest, Job, JobKind, JobState, TrainRequest
from shared.schema import JOB
from tests.shared.graph.racing import race

RACERS = 8
SHORT_SECONDS = 0.05
LONG_SECONDS = 60.0


def sent_nowhere(kind: JobKind, job_id: str) -> None:
    assert (kind, bool(job_id)) in [(JobKind.TRAIN, True), (JobKind.INGEST, True)]


def ask(graph: Graph, seed: int = 0) -> Job:
    return Jobs(graph).ask(TrainRequest(seed=seed), sent_nowhere)[0]


def claim(graph: Graph, job: Job, owner: str, seconds: float = LONG_SECONDS) -> Claim:
    claimed = Jobs(graph).claim(job.job_id, owner=owner, lease_seconds=seconds)
    assert isinstance(claimed, Claim)
    return claimed


def test_asking_twice_while_one_waits_gives_the_same_job(graph: Graph) -> None:
    first, is_first_new = Jobs(graph).ask(TrainRequest(seed=1), sent_nowhere)
    second, is_second_new = Jobs(graph).ask(TrainRequest(seed=1), sent_nowhere)

    assert (is_first_new, is_second_new) == (True, False)
    assert second.job_id == first.job_id


def test_trainings_that_differ_wait_beside_each_other(graph: Graph) -> None:
    asked = [Jobs(graph).ask(TrainRequest(seed=seed), sent_nowhere)[0] for seed in (1, 2, 1, 2)]

    assert [job.payload["seed"] for job in asked] == [1, 2, 1, 2]
    assert len({job.job_id for job in asked}) == 2


def test_asking_while_one_runs_queues_one_more(graph: Graph) -> None:
    running = ask(graph)
    claim(graph, running, "w")

    waiting = ask(graph)

    assert waiting.job_id not in (running.job_id, "")
    assert ask(graph).job_id == waiting.job_id


def test_of_trainings_that_wait_the_first_has_the_next_turn(graph: Graph) -> None:
    jobs = Jobs(graph)
    running = claim(graph, ask(graph), "w")
    first, second = (jobs.ask(TrainRequest(seed=seed), sent_nowhere)[0] for seed in (1, 2))
    graph.update_record(JOB, first.job_id, {"createdAt": second.created_at - 1}, expected={})
    jobs.finish(running, JobState.SUCCEEDED)

    assert isinstance(jobs.claim(second.job_id, owner="w", lease_seconds=LONG_SECONDS), Wait)
    assert isinstance(jobs.claim(first.job_id, owner="w", lease_seconds=LONG_SECONDS), Claim)


def test_a_training_that_no_worker_sees_keeps_no_other_waiting(graph: Graph) -> None:
    jobs = Jobs(graph)
    lost, second = (jobs.ask(TrainRequest(seed=seed), sent_nowhere)[0] for seed in (1, 2))
    long_ago = {"createdAt": second.created_at - 60_000, "sentAt": second.created_at - 60_000}
    graph.update_record(JOB, lost.job_id, long_ago, expected={})

    assert isinstance(jobs.claim(second.job_id, owner="w", lease_seconds=LONG_SECONDS), Claim)


def test_ingests_may_wait_beside_each_other(graph: Graph) -> None:
    jobs = Jobs(graph)
    first, second = (jobs.ask(IngestRequest(source="sample"), sent_nowhere)[0] for _ in range(2))

    assert first.job_id != second.job_id
    assert {job.job_id for job in jobs.list(kind=JobKind.INGEST, state=JobState.QUEUED)} == {
        first.job_id,
        second.job_id,
    }
    assert jobs.list(kind=JobKind.TRAIN) == []


def test_a_job_that_could_not_be_sent_is_kept_as_failed(graph: Graph) -> None:
    def refuse(_kind: JobKind, _job_id: str) -> None:
        raise UnavailableError("no Redis")

    with pytest.raises(UnavailableError, match="no Redis"):
        Jobs(graph).ask(TrainRequest(), refuse)

    (job,) = Jobs(graph).list()
    assert (job.state, job.error) == (JobState.FAILED, "no Redis")
    assert ask(graph).job_id != job.job_id


def test_a_claimed_job_is_not_claimed_again_before_its_lease_ends(graph: Graph) -> None:
    job = ask(graph)
    first = claim(graph, job, "first")

    second = Jobs(graph).claim(job.job_id, owner="second", lease_seconds=LONG_SECONDS)

    assert isinstance(second, Wait)
    assert 0 < second.seconds <= LONG_SECONDS + 1
    assert (first.fence, first.job.state) == (1, JobState.RUNNING)


def test_a_job_whose_lease_has_ended_is_taken_over_and_its_old_worker_refused(graph: Graph) -> None:
    jobs = Jobs(graph)
    job = ask(graph)
    old = claim(graph, job, "old", SHORT_SECONDS)
    time.sleep(2 * SHORT_SECONDS)

    new = claim(graph, job, "new")

    assert new.fence == old.fence + 1
    with pytest.raises(LeaseLostError, match="taken over"):
        jobs.update(old, {"progress": 0.9}, lease_seconds=LONG_SECONDS)
    with pytest.raises(LeaseLostError, match="taken over"):
        jobs.finish(old, JobState.SUCCEEDED)
    assert jobs.update(new, {"progress": 0.1}, lease_seconds=LONG_SECONDS).progress == 0.1
    jobs.finish(new, JobState.SUCCEEDED, result={"version": "v1"})
    ended = jobs.get(job.job_id)
    assert (ended.state, ended.result, ended.progress) == (JobState.SUCCEEDED, {"version": "v1"}, 1.0)


def test_a_renewed_lease_keeps_its_job(graph: Graph) -> None:
    jobs = Jobs(graph)
    job = ask(graph)
    first = claim(graph, job, "first", SHORT_SECONDS)
    jobs.update(first, {}, lease_seconds=LONG_SECONDS)
    time.sleep(2 * SHORT_SECONDS)

    assert isinstance(jobs.claim(job.job_id, owner="second", lease_seconds=LONG_SECONDS), Wait)


def test_a_second_training_waits_for_the_first_to_end(graph: Graph) -> None:
    jobs = Jobs(graph)
    first = claim(graph, ask(graph), "first")
    waiting = ask(graph)
    assert isinstance(jobs.claim(waiting.job_id, owner="second", lease_seconds=LONG_SECONDS), Wait)

    jobs.finish(first, JobState.FAILED, error="broke")

    assert claim(graph, waiting, "second").job.state is JobState.RUNNING


def test_a_job_that_is_put_off_stays_queued_and_counts_as_seen(graph: Graph) -> None:
    jobs, job = Jobs(graph), ask(graph)
    assert graph.update_record(JOB, job.job_id, {"sentAt": 1})

    wait = jobs.put_off(job.job_id)

    assert wait is not None
    assert wait.seconds > 0
    found = jobs.get(job.job_id)
    assert (found.state, found.sent_at > 1) == (JobState.QUEUED, True)
    jobs.cancel(job.job_id)
    assert jobs.put_off(job.job_id) is None
    assert jobs.put_off("no-such-job") is None


def test_an_ended_or_unknown_job_is_nobodys(graph: Graph) -> None:
    jobs = Jobs(graph)
    job = ask(graph)
    jobs.cancel(job.job_id)

    assert jobs.claim(job.job_id, owner="w", lease_seconds=LONG_SECONDS) is None
    assert jobs.claim("nothing", owner="w", lease_seconds=LONG_SECONDS) is None
    with pytest.raises(ConflictError, match="has ended already"):
        jobs.cancel(job.job_id)


def test_a_running_job_is_asked_to_stop(graph: Graph) -> None:
    jobs = Jobs(graph)
    job = ask(graph)
    claimed = claim(graph, job, "w")

    cancelled = jobs.cancel(job.job_id)

    assert (cancelled.state, cancelled.cancel_requested) == (JobState.RUNNING, True)
    assert jobs.update(claimed, {}, lease_seconds=LONG_SECONDS).cancel_requested


@pytest.mark.slow
def test_of_eight_that_ask_at_once_one_queues_a_training(graph: Graph) -> None:
    asked = race(RACERS, lambda _: Jobs(graph).ask(TrainRequest(seed=1), sent_nowhere))

    assert [is_new for _, is_new in asked].count(True) == 1
    assert len({job.job_id for job, _ in asked}) == 1
    assert len(graph.find_records(JOB)) == 1


@pytest.mark.slow
def test_of_eight_workers_one_claims_a_job(graph: Graph) -> None:
    job = ask(graph)

    claimed = race(RACERS, lambda n: Jobs(graph).claim(job.job_id, owner=str(n), lease_seconds=LONG_SECONDS))

    assert [isinstance(one, Claim) for one in claimed].count(True) == 1
    assert [isinstance(one, Wait) for one in claimed].count(True) == RACERS - 1


@pytest.mark.slow
def test_of_eight_workers_one_takes_over_a_dead_ones_job(graph: Graph) -> None:
    job = ask(graph)
    claim(graph, job, "dead", SHORT_SECONDS)
    time.sleep(2 * SHORT_SECONDS)

    claimed = race(RACERS, lambda n: Jobs(graph).claim(job.job_id, owner=str(n), lease_seconds=LONG_SECONDS))

    assert [isinstance(one, Claim) for one in claimed].count(True) == 1
    assert Jobs(graph).get(job.job_id).fence == 2
