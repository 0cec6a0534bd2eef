"""Model versions on the command line, over a real store."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shared.cli.models import models
from shared.errors import ConflictError
from shared.graph import Graph
from shared.models import RANKING, ServingParameters, UserForm, parameters_json
from shared.schema import MODEL_VERSION, SERVES

Run = Callable[..., Result]


@pytest.fixture
def marquee(sqlite_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path / 'graph.db'}")
    monkeypatch.setenv("COLUMNS", "160")
    for number, name in enumerate(("v1", "v2")):
        parameters = ServingParameters("inductive", UserForm.INDUCTIVE, 64 * (number + 1), 0.2, like_threshold=4.0)
        record = {
            "version": name,
            "state": "ready",
            "slot": "AB"[number],
            "createdAt": number,
            "parameters": parameters_json(parameters),
            "metrics": json.dumps({"ndcg_at_20": 0.25 + number / 8}),
            "users": 1_234,
        }
        assert sqlite_graph.create_record(MODEL_VERSION, record)
    sqlite_graph.move_pointer(SERVES, RANKING, expected=None, target="v1")
    return lambda *words: CliRunner().invoke(models, words)


def test_versions_are_listed_with_what_is_served(marquee: Run) -> None:
    for words in ([], ["list"]):
        first, second = marquee(*words).output.splitlines()[3:5]
        assert (first.split()[0], "can be" in first) == ("v2", True)
        assert (second.split()[0], "is served" in second, "1,234" in second) == ("v1", True, True)
    assert "ndcg_at_20: 0.3750" in marquee("show", "v2").output


def test_two_are_compared(marquee: Run) -> None:
    shown = marquee("compare", "v1", "v2").output

    assert "+0.1250" in shown
    assert [line.split() for line in shown.splitlines() if "width" in line] == [["width", "64", "128"]]
    assert "Served is v1." in shown


def test_another_is_activated_and_taken_back(marquee: Run, sqlite_graph: Graph) -> None:
    assert isinstance(marquee("rollback").exception, ConflictError)

    assert "v2 is served now" in marquee("activate", "v2").output
    assert sqlite_graph.read_pointer(SERVES, RANKING) == "v2"
    assert "v1 is served now" in marquee("rollback").output
    assert sqlite_graph.read_pointer(SERVES, RANKING) == "v1"
