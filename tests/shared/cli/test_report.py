"""`marquee report` on a real graph."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shared.cli.report import report
from shared.errors import NotFoundError
from shared.graph import Graph
from shared.models import RANKING
from shared.schema import MODEL_VERSION, SERVES


@pytest.fixture
def graph(sqlite_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Graph:
    """Version `v1` with a report and a page."""
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path / 'graph.db'}")
    described = {"state": "ready", "report": '{"seed": 3}', "page": "<p>Amélie</p>"}
    parameters = '{"family": "test", "user_form": "inductive", "width": 2, "temperature": 1, "like_threshold": 4}'
    record = {"version": "v1", **described, "createdAt": 1, "parameters": parameters, "metrics": "{}"}
    assert sqlite_graph.create_record(MODEL_VERSION, record)
    return sqlite_graph


def run(*words: str) -> Result:
    return CliRunner().invoke(report, words, catch_exceptions=False)


def test_the_page_of_a_version_is_written_to_a_file(graph: Graph, tmp_path: Path) -> None:
    assert graph
    done = run("v1", "--out", str(tmp_path / "report.html"))

    assert (tmp_path / "report.html").read_text(encoding="utf-8") == "<p>Amélie</p>"
    assert "report of v1" in done.output


def test_without_a_file_the_report_of_the_served_version_is_shown_as_json(graph: Graph) -> None:
    graph.move_pointer(SERVES, RANKING, expected=None, target="v1")

    assert json.loads(run().output) == {"seed": 3}


def test_a_file_of_another_suffix_gets_json(graph: Graph, tmp_path: Path) -> None:
    assert graph
    run("v1", "--out", str(tmp_path / "report.json"))

    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == {"seed": 3}


def test_where_nothing_is_served_a_name_is_asked_for(graph: Graph) -> None:
    assert graph
    with pytest.raises(NotFoundError, match="Name a version"):
        run()
