import json

import numpy as np
import pytest

from services.trainer.evaluation.gate import Served, find_served, judge, judge_settings
from services.trainer.recipe import Recipe
from shared.graph import Graph
from shared.models import RANKING, ServingParameters, UserForm, VersionState, parameters_json
from shared.schema import MODEL_VERSION, SERVES
from shared.scoring import Floats

SERVED = Served("v1", Recipe())


# 200 users whose NDCG@20 lies around .3; models differ from one another by a little on each.
RNG = np.random.default_rng(1)
USERS: Floats = RNG.random(200, np.float32) * np.float32(0.6)
NOISE: Floats = RNG.permutation(np.linspace(-1, 1, 200, dtype=np.float32))  # of mean zero
POPULARITY: Floats = USERS / np.float32(3)


@pytest.mark.parametrize(
    ("gap", "noise", "passed", "words"),
    [
        (0.0, 0.01, True, "within the tolerance"),
        (-0.010, 0.01, True, "within the tolerance"),  # surely worse, by 3%
        (-0.025, 0.01, False, "surely worse, and by more than the tolerance"),
        (-0.025, 0.50, True, "not surely worse"),  # as much worse, but it may be chance
        (0.10, 0.01, True, "within the tolerance"),
    ],
)
def test_a_model_may_not_be_surely_worse_than_the_served_one_by_more_than_the_tolerance(
    gap: float, noise: float, words: str, *, passed: bool
) -> None:
    candidate: Floats = USERS + np.float32(gap) + NOISE * np.float32(noise)

    verdict = judge(candidate, POPULARITY - np.float32(1), served=SERVED, repeated=USERS, tolerance=0.05)

    assert verdict.passed is passed
    assert words in verdict.reasons[1]
    assert "v1" in verdict.reasons[1]
    assert f"{abs(gap):.4f}, 95% of resamples of the 200 users" in verdict.reasons[1]


@pytest.mark.parametrize(
    ("gap", "noise", "passed", "words"),
    [
        (0.02, 0.01, True, "is better than"),
        (0.02, 0.50, True, "is better, if not surely, than"),
        (-0.02, 0.01, False, "is not better than"),
        (0.0, 0.0, False, "is not better than"),
    ],
)
def test_a_model_has_to_be_better_than_popularity_and_the_verdict_says_how_surely(
    gap: float, noise: float, words: str, *, passed: bool
) -> None:
    candidate: Floats = POPULARITY + np.float32(gap) + NOISE * np.float32(noise)

    verdict = judge(candidate, POPULARITY, served=None, repeated=None, tolerance=0.05)

    assert verdict.passed is passed
    assert words in verdict.reasons[0]
    assert verdict.reasons[1] == "No model was served before."
    assert verdict.as_json()["verdict"] == ("passed" if passed else "rejected")


def test_a_served_model_whose_training_can_not_be_repeated_is_said_to_be_so() -> None:
    verdict = judge(USERS, POPULARITY, served=Served("v1", None), repeated=None, tolerance=0.05)

    assert verdict.passed
    assert "v1, which is served, can't be compared" in verdict.reasons[1]


@pytest.mark.parametrize(
    ("report", "recipe"),
    [
        ({"recipe": Recipe(width=32).as_json()}, Recipe(width=32)),
        ({"recipe": {"heads": 4}}, None),  # of a later version of Marquee
        ({}, None),
    ],
)
def test_the_served_recipe_is_read_from_the_report(sqlite_graph: Graph, report: object, recipe: Recipe | None) -> None:
    parameters = ServingParameters("inductive", UserForm.INDUCTIVE, 32, 0.2, 4.0)
    record = {
        "version": "v1",
        "state": VersionState.READY.value,
        "slot": "A",
        "createdAt": 1,
        "parameters": parameters_json(parameters),
        "metrics": "{}",
        "report": json.dumps(report),
    }
    assert find_served(sqlite_graph) is None
    sqlite_graph.create_record(MODEL_VERSION, record)
    sqlite_graph.move_pointer(SERVES, RANKING, expected=None, target="v1")

    assert find_served(sqlite_graph) == Served("v1", recipe)


@pytest.mark.parametrize(
    ("gap", "passed", "words"),
    [
        (0.02, True, "is better than the"),
        (0.0, False, "is not better than the"),
        (-0.002, False, "is not better than the"),  # the tolerance of a training would allow it
    ],
)
def test_tuned_settings_have_to_be_better_than_those_of_today(gap: float, words: str, *, passed: bool) -> None:
    verdict = judge_settings(USERS + np.float32(gap), POPULARITY, USERS, "trial 0")

    assert verdict.passed is passed
    assert words in verdict.reasons[1]
    assert "the settings of trial 0, from which trainings begin today, reach" in verdict.reasons[1]


def test_tuned_settings_have_to_be_better_than_popularity() -> None:
    verdict = judge_settings(USERS, USERS + np.float32(0.1), USERS - np.float32(0.1), "trial 0")

    assert not verdict.passed
