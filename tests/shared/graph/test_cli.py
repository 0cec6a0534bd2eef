"""`marquee graph check` counts, and says what is wrong."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from shared.graph import Graph
from shared.graph.cli import graph as graph_command
from shared.graph.columns import objects
from shared.schema import USER


@pytest.fixture
def checked(sqlite_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a sound graph with 1,234 users, which the settings name."""
    sqlite_graph.put_nodes(USER, {"userId": objects([str(n) for n in range(1_234)])})
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path / 'graph.db'}")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "graph.db"


def test_a_sound_graph_is_counted(checked: Path) -> None:
    result = CliRunner().invoke(graph_command, ["check"])

    assert result.exit_code == 0
    assert str(checked) in result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["│", "User", "│", "1,234", "│"] in lines
    assert ["│", "RATED", "│", "0", "│"] in lines
    assert "Nothing is wrong" in result.output


def test_what_is_wrong_is_told_with_status_1(checked: Path) -> None:
    with closing(sqlite3.connect(checked)) as connection:
        connection.execute("DROP TABLE RATED")

    result = CliRunner().invoke(graph_command, ["check"])

    assert result.exit_code == 1
    assert "Table RATED is missing." in result.output
    assert "Nothing is wrong" not in result.output
