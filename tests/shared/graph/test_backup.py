"""A backup of an SQLite graph is whole or not there. That it gives the same answers is tested in tests/operations."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from shared.cli import main
from shared.errors import InvalidInputError, UnavailableError
from shared.graph import Graph
from shared.graph.columns import objects
from shared.graph.sqlite import SqliteGraph, backup
from shared.graph.sqlite.backup import back_up
from shared.schema import USER


@pytest.fixture
def path(sqlite_graph: Graph, tmp_path: Path) -> Path:
    """The file of a graph with three users, which is open."""
    sqlite_graph.put_nodes(USER, {"userId": objects(["1", "2", "3"])})
    return tmp_path / "graph.db"


def test_a_copy_holds_what_the_graph_does_in_one_file_for_its_owner_alone(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"

    back_up(path, copy, timeout_seconds=5)

    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in tmp_path.glob("copy*")) == ["copy.db"]
    with SqliteGraph(copy, timeout_seconds=5) as graph:
        assert graph.read_nodes(USER).keys.tolist() == ["1", "2", "3"]
        assert graph.check().problems == ()


def test_a_file_that_is_there_is_not_overwritten(path: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("last week's")

    with pytest.raises(InvalidInputError, match=r"There is a file .*copy\.db already"):
        back_up(path, tmp_path / "copy.db", timeout_seconds=5)

    assert (tmp_path / "copy.db").read_text() == "last week's"


def test_where_there_is_no_graph_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="There is no graph at"):
        back_up(tmp_path / "nothing.db", tmp_path / "copy.db", timeout_seconds=5)
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(InvalidInputError, match="is no graph of Marquee's"):
        back_up(tmp_path / "other.db", tmp_path / "copy.db", timeout_seconds=5)

    assert [file.name for file in tmp_path.iterdir()] == ["other.db"]


def test_a_copy_that_reads_back_damaged_is_thrown_away(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = backup._copy

    def copy_badly(source: Path, target: Path, timeout_seconds: float) -> None:
        copy(source, target, timeout_seconds)
        with target.open("r+b") as file:
            file.seek(4_096)
            file.write(os.urandom(8_192))

    monkeypatch.setattr(backup, "_copy", copy_badly)

    with pytest.raises(UnavailableError, match="can't be written"):
        back_up(path, tmp_path / "copy.db", timeout_seconds=5)

    assert list(tmp_path.glob("copy*")) == []


def test_where_the_disk_is_full_there_is_a_clear_error_and_no_half_copy(path: Path, tmp_path: Path) -> None:
    program = (
        "import resource, signal, sys; from pathlib import Path; from shared.graph.sqlite.backup import back_up; "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)); "
        "back_up(Path(sys.argv[1]), Path(sys.argv[2]), timeout_seconds=5)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, path, tmp_path / "copy.db"], capture_output=True, text=True, check=False
    )

    assert "UnavailableError: The backup" in done.stderr
    assert list(tmp_path.glob("copy*")) == []


def test_a_neo4j_is_sent_to_its_own_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUEE_GRAPH_URL", "neo4j://graph.example")

    said = CliRunner().invoke(main, ["graph", "backup", "copy.db"])

    assert said.exit_code == 1
    assert "neo4j-admin" in said.output
