import json

import pytest

from services.trainer.evaluation.gate import Served, find_served, judge
from services.trainer.recipe import Recipe
from shared.graph import Graph
from shared.models import RANKING, ServingParameters, UserForm, VersionState, parameters_json
from shared.schema import MODEL_VERSION, SERVES

SERVED = Served("v1", Recipe())


@pytest.mark.parametrize(
    ("candidate", "repeated", "passed"),
    [(0.30, 0.30, True), (0.286, 0.30, True), (0.284, 0.30, False), (0.40, 0.30, True)],
)
def test_a_model_may_be_worse_than_the_served_one_by_the_tolerance(
    candidate: float, repeated: float, passed: bool
) -> None:
    verdict = judge(candidate, 0.1, served=SERVED, repeated=repeated, tolerance=0.05)

    assert verdict.passed is passed
    assert "0.2850" in verdict.reasons[1]
    assert "v1" in verdict.reasons[1]


@pytest.mark.parametrize(("candidate", "passed"), [(0.11, True), (0.10, False), (0.09, False)])
def test_a_model_has_to_be_better_than_popularity(candidate: float, passed: bool) -> None:
    verdict = judge(candidate, 0.10, served=None, repeated=None, tolerance=0.05)

    assert verdict.passed is passed
    assert verdict.reasons[1] == "No model is served yet."
    assert verdict.as_json()["verdict"] == ("passed" if passed else "rejected")


def test_a_served_model_whose_training_can_not_be_repeated_is_said_to_be_so() -> None:
    verdict = judge(0.2, 0.1, served=Served("v1", None), repeated=None, tolerance=0.05)

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
