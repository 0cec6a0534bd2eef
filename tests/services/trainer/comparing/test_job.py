"""A comparison as a job."""

import json
from collections.abc import Callable

import pytest

from services.trainer.settings import TrainerSettings
from services.trainer.stages import COMPARE_STAGES
from shared.graph import Graph
from shared.job_records import Claim, Jobs, Wait
from shared.jobs import CompareRequest, Job, JobState, TrainRequest
from shared.work import JobContext, Outcome, do_job


@pytest.fixture
def run_comparison(rated_graph: Graph, settings: TrainerSettings) -> Callable[[CompareRequest], Job]:
    def work(context: JobContext) -> Outcome:
        from services.trainer.comparing.job import compare

        return compare(settings, context)

    def run(request: CompareRequest) -> Job:
        job, _ = Jobs(rated_graph).ask(request, lambda *_: None)
        do_job(rated_graph, job.job_id, work, stages=COMPARE_STAGES, lease_seconds=30)
        return Jobs(rated_graph).get(job.job_id)

    return run


@pytest.mark.slow
def test_the_result_of_a_job_is_the_table(
    run_comparison: Callable[[CompareRequest], Job], settings: TrainerSettings
) -> None:
    job = run_comparison(CompareRequest(models=["popularity", "bias"], split="random"))

    assert job.state is JobState.SUCCEEDED, job.error
    assert job.result is not None
    assert list(job.result["models"]) == ["popularity", "bias"]
    assert job.result["models"]["bias"]["rmse"] > 0
    assert job.result["data"]["name"] == "the graph, split random"
    assert job.result["command"] == "marquee compare --job --split random --models popularity,bias --seeds 1"
    assert len(json.dumps(job.result)) < 4_000
    assert not list(settings.comparisons.iterdir())  # finished runs are of use to a job that goes on, and to no other


def test_a_comparison_takes_turns_with_trainings(sqlite_graph: Graph) -> None:
    jobs = Jobs(sqlite_graph)
    training, _ = jobs.ask(TrainRequest(), lambda *_: None)
    comparison, is_new = jobs.ask(CompareRequest(), lambda *_: None)
    assert is_new

    claim = jobs.claim(training.job_id, owner="one", lease_seconds=30)
    assert isinstance(claim, Claim)
    assert isinstance(jobs.claim(comparison.job_id, owner="two", lease_seconds=30), Wait)
    jobs.finish(claim, JobState.SUCCEEDED)
    second = jobs.claim(comparison.job_id, owner="two", lease_seconds=30)
    assert isinstance(second, Claim)

    later, _ = jobs.ask(TrainRequest(), lambda *_: None)
    assert isinstance(jobs.claim(later.job_id, owner="one", lease_seconds=30), Wait)
    jobs.finish(second, JobState.SUCCEEDED)
    assert isinstance(jobs.claim(later.job_id, owner="one", lease_seconds=30), Claim)
