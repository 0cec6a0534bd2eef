"""Whole tunings on planted data in a real SQLite graph, and what trainings make of them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch

from services.trainer.data.interactions import read_interactions
from services.trainer.job import train
from services.trainer.recipe import Recipe
from services.trainer.settings import TrainerSettings
from services.trainer.stages import STAGES, TUNE_STAGES
from services.trainer.tuning.default import find_usable
from services.trainer.tuning.job import UNCHANGED, UNFINISHED, study_id, tune
from services.trainer.tuning.trials import Trial, Trials, TrialState
from shared.graph import Graph
from shared.job_records import Claim, Jobs
from shared.jobs import Job, JobState, TrainRequest, TuneRequest
from shared.models import read_report
from shared.tuning import TunedSettings, find_tuned, forget_tuned, keep_tuned
from shared.work import do_job

pytestmark = pytest.mark.slow
CPU = torch.device("cpu")
GOOD = Recipe(width=16, epochs=4, batch_users=32, linear_rank=0)
BAD = replace(GOOD, learning_rate=50.0)  # the start, which knows the blocks, is thrown away by the first step


def run(graph: Graph, request: TuneRequest) -> Job:
    """A tuning, from the asking to the end."""
    job, _ = Jobs(graph).ask(request, lambda *_: None)
    do_job(graph, job.job_id, partial(tune, CPU), stages=TUNE_STAGES, lease_seconds=30)
    return Jobs(graph).get(job.job_id)


def settings_of(recipe: Recipe) -> dict[str, Any]:
    return {"learning_rate": recipe.learning_rate, "width": recipe.width}


def put_study(graph: Graph, *recipes: Recipe) -> TuneRequest:
    """A study that is done, each recipe's trial better on validation than the one before. Asks for no more trials."""
    request = TuneRequest(trials=len(recipes))
    jobs = Jobs(graph)
    job, _ = jobs.ask(request, lambda *_: None)
    claim = jobs.claim(job.job_id, owner="test", lease_seconds=30)
    assert isinstance(claim, Claim)
    trials = Trials(graph, study_id(request, read_interactions(graph).fingerprint), claim.job)
    for number, recipe in enumerate(recipes):
        begun = trials.begin(number, settings_of(recipe))
        assert begun is not None
        value = 0.1 + number / 10
        trials.end(begun, Trial(number, TrialState.COMPLETE, settings_of(recipe), value, recipe.as_json()))
    jobs.finish(claim, JobState.SUCCEEDED)
    return request


def result_of(job: Job) -> Mapping[str, Any]:
    assert job.result is not None, job.error
    return job.result


def test_a_tuning_tries_settings_and_says_what_came_of_each(rated_graph: Graph) -> None:
    done = run(rated_graph, TuneRequest(trials=2))

    result = result_of(done)
    assert done.state in (JobState.SUCCEEDED, JobState.REJECTED)
    assert [trial["number"] for trial in result["trials"]] == [0, 1]
    first = result["trials"][0]
    assert (first["state"], first["parameters"]["keep"], first["parameters"]["batch_users"]) == ("complete", 0.8, 32)
    assert first["value"] > 0.4, "a user's next like is one of eight in their block"
    assert all(trial["seconds"] > 0 for trial in result["trials"])
    best = max((t for t in result["trials"] if t["state"] == "complete"), key=lambda t: (t["value"], -t["number"]))
    assert result["best_trial"] == best["number"]
    assert (result["verdict"] == UNCHANGED) == (best["number"] == 0)
    tuned = find_tuned(rated_graph, "inductive", 4.0)
    assert (tuned is not None) == (result["verdict"] == "passed")


def test_settings_that_the_gate_agrees_to_become_the_default(rated_graph: Graph) -> None:
    done = run(rated_graph, put_study(rated_graph, BAD, GOOD))

    result = result_of(done)
    assert (done.state, result["verdict"]) == (JobState.SUCCEEDED, "passed")
    assert result["test"]["best_ndcg_at_20"] > result["test"]["default_ndcg_at_20"] + 0.1
    assert "the settings of trial 0, from which trainings begin today" in result["reasons"][1]
    tuned = find_tuned(rated_graph, "inductive", 4.0)
    assert tuned is not None
    assert (tuned.settings, tuned.study, tuned.trial) == (settings_of(GOOD), result["study"], 1)


def test_settings_that_the_gate_refuses_leave_the_default_as_it_is(rated_graph: Graph) -> None:
    done = run(rated_graph, put_study(rated_graph, GOOD, BAD))

    assert (done.state, result_of(done)["verdict"]) == (JobState.REJECTED, "rejected")
    assert find_tuned(rated_graph, "inductive", 4.0) is None


def test_a_study_whose_best_settings_are_the_default_already_changes_nothing(rated_graph: Graph) -> None:
    request = put_study(rated_graph, BAD, GOOD)
    run(rated_graph, request)
    before = find_tuned(rated_graph, "inductive", 4.0)

    again = run(rated_graph, request)

    assert (again.state, result_of(again)["verdict"]) == (JobState.SUCCEEDED, UNCHANGED)
    assert find_tuned(rated_graph, "inductive", 4.0) == before


def test_settings_are_compared_with_those_that_were_tuned_before(rated_graph: Graph) -> None:
    keep_tuned(rated_graph, tuned_by_hand(GOOD))

    done = run(rated_graph, put_study(rated_graph, replace(BAD, width=24), BAD))

    assert result_of(done)["verdict"] == "rejected"
    assert "trial 7 of the study by-hand" in result_of(done)["reasons"][1]


def test_who_is_ready_first_leaves_the_gate_to_the_last(rated_graph: Graph) -> None:
    request = put_study(rated_graph, BAD, GOOD)
    jobs = Jobs(rated_graph)
    other, _ = jobs.ask(request, lambda *_: None)
    claim = jobs.claim(other.job_id, owner="test", lease_seconds=30)
    assert isinstance(claim, Claim)
    study = study_id(request, read_interactions(rated_graph).fingerprint)
    assert Trials(rated_graph, study, claim.job).begin(2, settings_of(GOOD)) is not None

    first = run(rated_graph, request)
    jobs.finish(claim, JobState.CANCELLED)
    last = run(rated_graph, request.model_copy(update={"minutes": 1e-9}))

    assert (first.state, result_of(first)["verdict"]) == (JobState.SUCCEEDED, UNFINISHED)
    assert result_of(last)["verdict"] == "passed"


@pytest.mark.parametrize(("threshold", "message"), [(6.0, "no likes to train on")])
def test_nothing_liked_is_told(rated_graph: Graph, threshold: float, message: str) -> None:
    done = run(rated_graph, TuneRequest(like_threshold=threshold))

    assert done.state is JobState.FAILED
    assert message in (done.error or "")


def test_a_name_other_data_or_another_threshold_make_another_study() -> None:
    requests = [TuneRequest(), TuneRequest(study="mine"), TuneRequest(seed=1), TuneRequest(like_threshold=3.5)]

    names = {study_id(request, data) for request in requests for data in ("a", "b")}

    assert len(names) == 8
    assert study_id(TuneRequest(trials=5), "a") == study_id(TuneRequest(minutes=7), "a")


def tuned_by_hand(recipe: Recipe, like_threshold: float = 4.0) -> TunedSettings:
    settings = {**settings_of(recipe), "temperature": 0.3}
    return TunedSettings("inductive", like_threshold, settings, recipe.as_json(), "by-hand", 7, "a-job", 1)


def trained(graph: Graph, settings: TrainerSettings, request: TrainRequest) -> dict[str, Any]:
    """The report of a training."""
    job, _ = Jobs(graph).ask(request, lambda *_: None)
    do_job(graph, job.job_id, partial(train, settings, CPU), stages=STAGES, lease_seconds=30)
    return read_report(graph, result_of(Jobs(graph).get(job.job_id))["version"])


def test_a_training_begins_from_tuned_settings_until_they_are_forgotten(
    rated_graph: Graph, settings: TrainerSettings
) -> None:
    request = TrainRequest(epochs=2, linear_rank=0)
    keep_tuned(rated_graph, tuned_by_hand(GOOD))

    tuned = trained(rated_graph, settings, request)
    named = trained(rated_graph, settings, request.model_copy(update={"width": 8}))
    assert forget_tuned(rated_graph, "inductive")
    assert not forget_tuned(rated_graph, "inductive")
    after = trained(rated_graph, settings, request.model_copy(update={"temperature": 0.2, "width": 8}))

    assert (tuned["recipe"]["width"], tuned["recipe"]["temperature"]) == (16, 0.3)
    assert tuned["tuned"]["study"] == "by-hand"
    assert [trial["temperature"] for trial in tuned["selection"]] in ([], [0.3]), (
        "a tuned temperature is not tried anew"
    )
    assert (named["recipe"]["width"], named["recipe"]["temperature"]) == (8, 0.3), "what a request names wins"
    assert (after["recipe"]["width"], after["recipe"]["temperature"], after["tuned"]) == (8, 0.2, None)


def test_settings_that_this_version_does_not_know_are_passed_over(rated_graph: Graph) -> None:
    tuned = tuned_by_hand(GOOD)
    keep_tuned(rated_graph, replace(tuned, settings={**tuned.settings, "hypergraphs": 7}))

    assert find_usable(rated_graph, "inductive", 4.0) is None
    keep_tuned(rated_graph, tuned)
    assert find_usable(rated_graph, "inductive", 4.0) == tuned
    assert find_usable(rated_graph, "inductive", 4.0, "bpr") is None, "they were tuned for the softmax"


def test_settings_that_were_tuned_for_other_likes_are_not_taken(rated_graph: Graph) -> None:
    keep_tuned(rated_graph, tuned_by_hand(GOOD, like_threshold=3.5))

    assert find_tuned(rated_graph, "inductive", 4.0) is None
    assert find_tuned(rated_graph, "lightgcn", 3.5) is None
    assert find_tuned(rated_graph, "inductive", 3.5) is not None
