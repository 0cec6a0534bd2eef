"""What is particular to the graph in an SQLite file: processes that share it, and files that are none."""

import itertools
import multiprocessing
import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from shared.errors import InvalidInputError, UnavailableError
from shared.graph import Graph
from shared.graph.columns import objects
from shared.graph.sqlite import SqliteGraph
from shared.schema import MODEL_VERSION, MOVIE, RATED, SCHEMA_VERSION, SERVES, USER


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """The file itself, behind the graph's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def path(sqlite_graph: Graph, tmp_path: Path) -> Path:
    """The file of `sqlite_graph`."""
    assert sqlite_graph.check().problems == ()
    return tmp_path / "graph.db"


def test_the_folder_of_a_new_file_is_made(tmp_path: Path) -> None:
    with SqliteGraph(tmp_path / "a" / "b" / "graph.db", timeout_seconds=1) as graph:
        graph.prepare()

    assert (tmp_path / "a" / "b" / "graph.db").is_file()


def test_nothing_is_touched_before_the_first_call(tmp_path: Path) -> None:
    SqliteGraph(tmp_path / "graph.db", timeout_seconds=1).close()

    assert list(tmp_path.iterdir()) == []


def test_preparing_again_keeps_what_is_there(sqlite_graph: Graph) -> None:
    sqlite_graph.put_nodes(USER, {"userId": objects(["u"])})
    revision = sqlite_graph.bump_revision()

    sqlite_graph.prepare()

    assert sqlite_graph.read_nodes(USER).keys.tolist() == ["u"]
    assert sqlite_graph.read_revision() == revision


def test_what_is_written_is_there_after_closing(tmp_path: Path) -> None:
    with SqliteGraph(tmp_path / "graph.db", timeout_seconds=1) as graph:
        graph.prepare()
        graph.put_nodes(USER, {"userId": objects(["u"])})

    with SqliteGraph(tmp_path / "graph.db", timeout_seconds=1) as graph:
        assert graph.read_nodes(USER).keys.tolist() == ["u"]


def test_a_closed_graph_says_so_and_closes_again(tmp_path: Path) -> None:
    graph = SqliteGraph(tmp_path / "graph.db", timeout_seconds=1)
    graph.prepare()
    graph.close()
    graph.close()

    with pytest.raises(UnavailableError, match="was closed"):
        graph.read_revision()


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but notes " * 50, encoding="utf-8")

    with (
        SqliteGraph(file, timeout_seconds=1) as graph,
        pytest.raises(InvalidInputError, match=r"notes\.txt is not an SQ"),
    ):
        graph.prepare()

    assert file.read_text(encoding="utf-8").startswith("not a database")


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        SqliteGraph(tmp_path / "file" / "graph.db", timeout_seconds=1) as graph,
        pytest.raises(UnavailableError, match=r"folder of the graph .* can't be made"),
    ):
        graph.prepare()


def test_a_file_that_was_not_prepared_is_told(tmp_path: Path) -> None:
    with SqliteGraph(tmp_path / "graph.db", timeout_seconds=1) as graph:
        with pytest.raises(UnavailableError, match=r"is not prepared.*no such table: User"):
            graph.read_nodes(USER)

        assert "Table User is missing." in graph.check().problems


def test_a_lock_held_too_long_is_told(path: Path) -> None:
    with raw(path) as other, SqliteGraph(path, timeout_seconds=0.1) as graph:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError, match=r"was locked by another process for 0\.1 s"):
            graph.bump_revision()
        graph.read_revision()  # who only reads does not wait
        other.execute("ROLLBACK")

        assert graph.bump_revision() == 1


def test_a_call_that_fails_leaves_nothing_and_the_next_succeeds(sqlite_graph: Graph) -> None:
    keys = objects(["good", "bad"])

    with pytest.raises(InvalidInputError, match="does not fit the graph"):
        sqlite_graph.put_nodes(USER, {"userId": keys, "gender": objects(["f", b"no text"])})

    assert len(sqlite_graph.read_nodes(USER)) == 0
    sqlite_graph.put_nodes(USER, {"userId": keys})
    assert len(sqlite_graph.read_nodes(USER)) == 2


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ('DROP TABLE "RATED"', "Table RATED is missing."),
        ('DROP TABLE "MovieSlotB"', "Table MovieSlotB is missing."),
        ('DROP INDEX "User_userId"', "The unique index on User.userId is missing."),
        ('ALTER TABLE "Movie" DROP COLUMN title', "Table Movie lacks the columns title."),
        ('INSERT INTO "RATED" VALUES (77, 1, 5.0, NULL)', "1 RATED relationships have a source that does not exist."),
        ("DELETE FROM GraphState", "The GraphState node is missing."),
        ("UPDATE GraphState SET schemaVersion = 99", f"schema 99, and this Marquee knows {SCHEMA_VERSION}"),
    ],
)
def test_a_check_finds_what_is_wrong_and_preparing_mends_what_it_can(
    sqlite_graph: Graph, path: Path, damage: str, problem: str
) -> None:
    sqlite_graph.put_nodes(MOVIE, {"movieId": objects(["1"])})
    with raw(path) as connection:
        connection.execute(damage)

    problems = sqlite_graph.check().problems

    assert len(problems) == 1
    assert problem in problems[0]
    if not damage.startswith(("INSERT", "UPDATE")):
        sqlite_graph.prepare()
        assert sqlite_graph.check().problems == ()


def test_the_handle_of_a_deleted_node_is_not_given_again(sqlite_graph: Graph) -> None:
    sqlite_graph.put_nodes(USER, {"userId": objects(["u"])})
    (first,) = sqlite_graph.read_nodes(USER).handles
    sqlite_graph.delete_nodes(USER, ["u"])
    sqlite_graph.put_nodes(USER, {"userId": objects(["u"])})

    assert sqlite_graph.read_nodes(USER).handles[0] > first


def _rate(path: Path, writer: int, rounds: int) -> None:
    with SqliteGraph(path, timeout_seconds=30) as graph:
        graph.prepare()
        movies = objects([str(n) for n in range(200)])
        for turn in range(rounds):
            user = objects([f"{writer} {turn}"])
            graph.put_nodes(USER, {"userId": user})
            graph.put_nodes(MOVIE, {"movieId": movies})
            graph.put_edges(RATED, objects([user[0]] * 200), movies, {"rating": np.full(200, 3.0)})
            graph.bump_revision()


@pytest.mark.slow
def test_processes_make_and_write_one_file_at_the_same_time(tmp_path: Path) -> None:
    path, context = tmp_path / "graph.db", multiprocessing.get_context("spawn")
    writers = [context.Process(target=_rate, args=(path, writer, 10)) for writer in range(3)]
    for process in writers:
        process.start()
    for process in writers:
        process.join(60)

    assert [process.exitcode for process in writers] == [0, 0, 0]
    with SqliteGraph(path, timeout_seconds=5) as graph:
        check = graph.check()
        assert (check.nodes["User"], check.nodes["Movie"], check.edges["RATED"]) == (30, 200, 6_000)
        assert graph.read_revision() == 30
        assert check.problems == ()


def _killed_while_writing(path: Path) -> None:
    with SqliteGraph(path, timeout_seconds=5) as graph, graph._connections.write() as connection:
        connection.execute("UPDATE GraphState SET revision = 1000")
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_a_process_killed_in_a_write_leaves_nothing_of_it_and_no_lock(sqlite_graph: Graph, path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_killed_while_writing, args=(path,))
    process.start()
    process.join(60)

    assert process.exitcode == -signal.SIGKILL
    assert sqlite_graph.bump_revision() == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_uses_connections_of_its_own(sqlite_graph: Graph) -> None:
    sqlite_graph.bump_revision()
    child = multiprocessing.get_context("fork").Process(target=_bump_and_close, args=(sqlite_graph,))
    child.start()
    child.join(30)

    assert child.exitcode == 0
    assert sqlite_graph.bump_revision() == 3


def _bump_and_close(graph: Graph) -> None:
    assert graph.bump_revision() == 2
    graph.close()


@pytest.mark.slow
def test_readers_see_the_pointer_move_whole_while_writers_write(sqlite_graph: Graph) -> None:
    versions = [f"v{n}" for n in range(50)]
    for version in versions:
        sqlite_graph.create_record(MODEL_VERSION, {"version": version})
    sqlite_graph.move_pointer(SERVES, "ranking", expected=None, target="v0")
    seen: list[str | None] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.append(sqlite_graph.read_pointer(SERVES, "ranking"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for old, new in itertools.pairwise(versions):
        assert sqlite_graph.move_pointer(SERVES, "ranking", expected=old, target=new)
    done.set()
    watcher.join()

    assert None not in seen
    assert [versions.index(str(v)) for v in seen] == sorted(versions.index(str(v)) for v in seen)
