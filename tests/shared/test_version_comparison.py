"""Two versions side by side, from reports written by hand."""

import json
from typing import Any

import pytest

from shared.errors import InvalidInputError, NotFoundError
from shared.graph import Graph
from shared.models import RANKING, RATING, RatingParameters, ServingParameters, UserForm, parameters_json
from shared.schema import MODEL_VERSION, SERVES
from shared.version_comparison import Figure, Pair, compare_versions

DATA = {"fingerprint": "f1", "ratings": 100, "split": "latest", "like_threshold": 4.0, "test": {"users": 3}}


def add(graph: Graph, name: str, metrics: dict[str, float], report: dict[str, Any], pointer: str = RANKING) -> None:
    parameters = (
        ServingParameters("inductive", UserForm.INDUCTIVE, 64, temperature=0.2, like_threshold=4.0)
        if pointer == RANKING
        else RatingParameters("gcmc", UserForm.INDUCTIVE, 64, like_threshold=4.0, weights={})
    )
    record = {
        "version": name,
        "state": "ready",
        "pointer": pointer,
        "createdAt": 1,
        "parameters": parameters_json(parameters),
        "metrics": json.dumps(metrics),
        "report": json.dumps(report),
    }
    assert graph.create_record(MODEL_VERSION, record)


@pytest.fixture
def graph(sqlite_graph: Graph) -> Graph:
    recipe = {"width": 64, "temperature": 0.2, "epochs": 20}
    intervals = {"intervals": {"ndcg_at_20": [0.25, 0.75]}}
    add(sqlite_graph, "a", {"ndcg_at_20": 0.5}, {"recipe": recipe, "data": DATA, "details": intervals})
    metrics = {"ndcg_at_20": 0.625, "recall_at_20": 0.25}
    add(sqlite_graph, "b", metrics, {"recipe": {**recipe, "width": 128}, "data": {**DATA, "ratings": 101}})
    sqlite_graph.move_pointer(SERVES, RANKING, expected=None, target="b")
    return sqlite_graph


def test_settings_that_differ_metrics_and_data_are_told_with_which_is_served(graph: Graph) -> None:
    found = compare_versions(graph, "a", "b")

    assert (found.first.version, found.second.version, found.served) == ("a", "b", "b")
    assert found.settings == {"width": Pair(64, 128)}
    assert found.metrics == {
        "ndcg_at_20": Figure(0.5, 0.625, 0.125, (0.25, 0.75), None),
        "recall_at_20": Figure(None, 0.25, None, None, None),
    }
    assert found.data == {
        "fingerprint": Pair("f1", "f1"),
        "ratings": Pair(100, 101),
        "split": Pair("latest", "latest"),
        "like_threshold": Pair(4.0, 4.0),
    }
    assert found.judged_alike


@pytest.mark.parametrize("data", [{**DATA, "fingerprint": "f2"}, {**DATA, "split": "random"}, {}])
def test_what_was_judged_on_other_events_is_said_to_be(graph: Graph, data: dict[str, Any]) -> None:
    add(graph, "c", {"ndcg_at_20": 0.5}, {"data": data})

    assert not compare_versions(graph, "a", "c").judged_alike
    assert not compare_versions(graph, "c", "a").judged_alike


def test_a_version_that_ranks_is_not_compared_with_one_that_predicts_stars(graph: Graph) -> None:
    add(graph, "stars", {"rmse": 0.9}, {}, RATING)

    with pytest.raises(InvalidInputError, match="'a' is a ranking version and 'stars' a rating version"):
        compare_versions(graph, "a", "stars")
    with pytest.raises(NotFoundError, match="'nope'"):
        compare_versions(graph, "a", "nope")
