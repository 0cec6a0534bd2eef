"""Trials as records, on both stores: who is at one, who may take it over, and what is kept of it."""

import pytest

from services.trainer.tuning.trials import Trial, Trials, TrialState
from shared.errors import LeaseLostError
from shared.graph import Graph
from shared.graph.port import Fence
from shared.job_records import Claim, Jobs
from shared.jobs import Job, TuneRequest
from shared.schema import JOB, TRIAL

LEASE_SECONDS = 60.0
SETTINGS = {"temperature": 0.125, "width": 64}
ENDED = Trial(
    0, TrialState.COMPLETE, SETTINGS, 0.25, {"seed": 3}, [{"epoch": 2.0, "ndcg_at_20": 0.25}], 1.5
)  # fmt: skip


@pytest.fixture
def jobs(graph: Graph) -> Jobs:
    return Jobs(graph)


def running(jobs: Jobs) -> Job:
    """A tuning that a worker has claimed."""
    job, _ = jobs.ask(TuneRequest(), lambda *_: None)
    claim = jobs.claim(job.job_id, owner="test", lease_seconds=LEASE_SECONDS)
    assert isinstance(claim, Claim)
    return claim.job


@pytest.fixture
def workers(graph: Graph, jobs: Jobs) -> tuple[Trials, Trials]:
    """Two workers on one study."""
    return Trials(graph, "study", running(jobs)), Trials(graph, "study", running(jobs))


def die(graph: Graph, worker: Trials) -> None:
    """As if the worker had not renewed its lease for a long time."""
    assert graph.update_record(JOB, worker._job.job_id, {"leaseUntil": 1})


def test_what_came_of_a_trial_is_read_as_it_was_written(graph: Graph, workers: tuple[Trials, Trials]) -> None:
    one, other = workers
    begun = one.begin(0, None)
    assert begun is not None

    one.end(begun, ENDED)

    (found,) = other.all()
    assert (found.number, found.state, found.value, found.seconds) == (0, TrialState.COMPLETE, 0.25, 1.5)
    assert (found.parameters, found.recipe, found.curve) == (SETTINGS, {"seed": 3}, ENDED.curve)
    assert Trials(graph, "another study", one._job).all() == []


def test_of_two_workers_that_begin_the_same_number_one_does(workers: tuple[Trials, Trials]) -> None:
    one, other = workers

    assert one.begin(1, SETTINGS) is not None
    assert other.begin(1, {"temperature": 0.5}) is None

    assert [trial.parameters for trial in other.all()] == [SETTINGS]


def test_the_trial_of_a_worker_that_lives_is_left_to_it(workers: tuple[Trials, Trials]) -> None:
    one, other = workers
    begun = one.begin(1, SETTINGS)
    assert begun is not None

    assert other.is_held(begun)
    assert other.take_over(other.all()) is None


def test_the_trial_of_a_dead_worker_is_begun_anew_by_one_other(graph: Graph, workers: tuple[Trials, Trials]) -> None:
    one, other = workers
    begun = one.begin(1, SETTINGS)
    assert begun is not None
    die(graph, one)
    third = Trials(graph, "study", running(Jobs(graph)))
    trials = other.all()

    taken = other.take_over(trials)

    assert taken is not None
    assert (taken.parameters, taken.attempts) == (SETTINGS, 2)
    assert third.take_over(trials) is None
    one.end(begun, ENDED)  # it wakes, and has lost its trial
    assert [trial.state for trial in other.all()] == [TrialState.RUNNING]


def test_a_job_that_is_delivered_again_takes_its_own_trial_up(graph: Graph, jobs: Jobs) -> None:
    job = running(jobs)
    assert Trials(graph, "study", job).begin(1, SETTINGS) is not None
    assert graph.update_record(JOB, job.job_id, {"leaseUntil": 1})
    again = jobs.claim(job.job_id, owner="test", lease_seconds=LEASE_SECONDS)
    assert isinstance(again, Claim)
    redelivered = Trials(graph, "study", again.job)

    taken = redelivered.take_over(redelivered.all())

    assert taken is not None
    assert (taken.job_id, taken.fence, taken.attempts) == (job.job_id, 2, 2)


def test_a_trial_that_has_ended_three_workers_is_given_up(graph: Graph, jobs: Jobs) -> None:
    first = Trials(graph, "study", running(jobs))
    assert first.begin(1, SETTINGS) is not None
    die(graph, first)
    for _ in range(2):
        worker = Trials(graph, "study", running(jobs))
        assert worker.take_over(worker.all()) is not None
        die(graph, worker)
    last = Trials(graph, "study", running(jobs))

    assert last.take_over(last.all()) is None

    (found,) = last.all()
    assert found.state is TrialState.FAILED
    assert "3 workers died" in (found.error or "")


def test_a_worker_that_was_taken_over_writes_nothing(graph: Graph, jobs: Jobs) -> None:
    job = running(jobs)
    fenced = graph.fenced(Fence(JOB, job.job_id, {"fence": job.fence}))
    assert graph.update_record(JOB, job.job_id, {"fence": job.fence + 1})

    with pytest.raises(LeaseLostError):
        Trials(fenced, "study", job).begin(0, None)

    assert graph.find_records(TRIAL) == []
