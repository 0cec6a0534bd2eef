"""An older graph is brought forward step by step, once, whatever happens meanwhile: made-up steps on both stores."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest

from shared.errors import InvalidInputError, UnavailableError
from shared.graph import Graph, Record, migrations, state
from shared.graph.columns import objects
from shared.graph.migrations import MIGRATIONS, Migration
from shared.graph.neo4j import Neo4jGraph
from shared.graph.sqlite import SqliteGraph
from shared.graph.state import STATE_KEY
from shared.local.neo4j import RunningNeo4j
from shared.schema import GENRE, GRAPH_STATE, MOVIE, SCHEMA_VERSION

Step = Callable[[Graph, Callable[[], None]], None]
SECOND, THIRD = SCHEMA_VERSION + 1, SCHEMA_VERSION + 2


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Declares these steps as all there are, and the schema after the last as this Marquee's."""

    def set_steps(*steps: Step) -> None:
        made_up = tuple(Migration(SCHEMA_VERSION + n, f"step {n}", run) for n, run in enumerate(steps, start=1))
        monkeypatch.setattr(migrations, "MIGRATIONS", made_up)
        for module in (migrations, state):
            monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + len(steps))

    return set_steps


@contextmanager
def opened_again(graph: Graph, timeout_seconds: float = 10) -> Iterator[Graph]:
    """The same graph through connections of its own, as another process has them."""
    if isinstance(graph, SqliteGraph):
        opened: Graph = SqliteGraph(graph._connections.path, timeout_seconds=timeout_seconds)
    else:
        assert isinstance(graph, Neo4jGraph)
        connection = graph._connection
        opened = Neo4jGraph(
            connection.url, user=connection._user, password=connection._password, timeout_seconds=timeout_seconds
        )
    with opened:
        yield opened


def state_of(graph: Graph) -> Record:
    record = graph.read_record(GRAPH_STATE, STATE_KEY)
    assert record is not None
    return record


def schema_of(graph: Graph) -> int:
    assert state_of(graph)["migrator"] is None, "the lock was not given back"
    version: int = state_of(graph)["schemaVersion"]
    return version


def test_there_is_a_step_for_each_schema_after_the_first() -> None:
    assert [step.version for step in MIGRATIONS] == list(range(2, SCHEMA_VERSION + 1))


def test_an_older_graph_goes_through_each_step_once_and_in_order(graph: Graph, declare: Callable[..., None]) -> None:
    seen: list[tuple[str, int]] = []
    declare(
        lambda graph, _keep: seen.append(("first", state_of(graph)["schemaVersion"])),
        lambda graph, _keep: seen.append(("second", state_of(graph)["schemaVersion"])),
    )

    graph.prepare()
    graph.prepare()

    assert seen == [("first", SCHEMA_VERSION), ("second", SECOND)]
    assert schema_of(graph) == THIRD


def test_a_new_graph_has_the_newest_schema_without_a_step(tmp_path: Path, declare: Callable[..., None]) -> None:
    def fail(_graph: Graph, _keep: Callable[[], None]) -> None:
        pytest.fail("there is nothing to bring forward")

    declare(fail)

    with SqliteGraph(tmp_path / "new.db", timeout_seconds=5) as graph:
        graph.prepare()
        assert schema_of(graph) == SECOND


def test_a_step_changes_what_is_in_the_graph(graph: Graph, declare: Callable[..., None]) -> None:
    def upper_case(graph: Graph, keep: Callable[[], None]) -> None:
        table = graph.read_nodes(MOVIE, ["title"])
        for key, title in zip(table.keys, table.columns["title"], strict=True):
            graph.put_nodes(MOVIE, {"movieId": objects([key]), "title": objects([title.upper()])})
            keep()

    graph.put_nodes(MOVIE, {"movieId": objects(["1", "2"]), "title": objects(["Heat", "Ran"])})
    declare(upper_case)

    graph.prepare()

    assert graph.read_nodes(MOVIE, ["title"]).columns["title"].tolist() == ["HEAT", "RAN"]


@pytest.mark.slow
def test_of_several_that_start_together_one_migrates_and_the_others_wait(
    graph: Graph, declare: Callable[..., None]
) -> None:
    runs: list[int] = []
    barrier = Barrier(4)
    declare(lambda _graph, _keep: runs.append(1), lambda _graph, _keep: runs.append(2))

    def prepare(_number: int) -> int:
        with opened_again(graph, timeout_seconds=30) as mine:
            barrier.wait()
            mine.prepare()
            return int(state_of(mine)["schemaVersion"])  # the one that migrates may not have given its lock back yet

    with ThreadPoolExecutor(4) as threads:
        reached = list(threads.map(prepare, range(4)))

    assert runs == [1, 2]
    assert reached == [THIRD] * 4
    assert schema_of(graph) == THIRD


def test_one_that_waits_too_long_says_what_for(graph: Graph, declare: Callable[..., None]) -> None:
    def wait_for_another(graph: Graph, _keep: Callable[[], None]) -> None:
        with (
            opened_again(graph, timeout_seconds=0.5) as other,
            pytest.raises(UnavailableError, match="still migrating"),
        ):
            migrations.migrate(other, patience_seconds=0)

    declare(wait_for_another)

    graph.prepare()

    assert schema_of(graph) == SECOND


def test_a_step_that_fails_leaves_the_schema_as_it_was_and_is_run_again(
    graph: Graph, declare: Callable[..., None]
) -> None:
    runs: list[str] = []

    def fail_once(_graph: Graph, _keep: Callable[[], None]) -> None:
        runs.append("second")
        if runs.count("second") == 1:
            raise InvalidInputError("two movies have one id")

    declare(lambda _graph, _keep: runs.append("first"), fail_once)

    with pytest.raises(InvalidInputError, match="two movies"):
        graph.prepare()
    assert schema_of(graph) == SECOND
    graph.prepare()

    assert runs == ["first", "second", "second"]
    assert schema_of(graph) == THIRD


def test_one_that_was_overtaken_writes_nothing_more_and_goes_by_what_the_other_did(
    graph: Graph, declare: Callable[..., None]
) -> None:
    def be_overtaken(mine: Graph, _keep: Callable[[], None]) -> None:
        # as if this process had been stopped for longer than its lock, and another had done all of it
        graph.update_record(GRAPH_STATE, STATE_KEY, {"migrator": "another", "schemaVersion": SECOND})
        mine.put_nodes(GENRE, {"name": objects(["Crime"])})

    declare(be_overtaken)

    graph.prepare()

    assert len(graph.read_nodes(GENRE)) == 0
    assert state_of(graph)["migrator"] == "another"


_DIES_IN_THE_SECOND_STEP = """
import os
from shared.graph import migrations, state
from shared.graph.migrations import Migration
from shared.graph.neo4j import Neo4jGraph
from shared.graph.sqlite import SqliteGraph

migrations._LOCK_SECONDS = 1.0
migrations.SCHEMA_VERSION = state.SCHEMA_VERSION = state.SCHEMA_VERSION + 2
migrations.MIGRATIONS = (
    Migration(state.SCHEMA_VERSION - 1, "first", lambda graph, keep: None),
    Migration(state.SCHEMA_VERSION, "second", lambda graph, keep: os._exit(9)),
)
{graph}.prepare()
"""


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", "neo4j"])
def test_a_process_killed_in_the_middle_is_followed_by_one_that_goes_on(
    store: str, request: pytest.FixtureRequest, declare: Callable[..., None]
) -> None:
    graph: Graph = request.getfixturevalue(f"{store}_graph")
    if isinstance(graph, SqliteGraph):
        opened = f"SqliteGraph(__import__('pathlib').Path({str(graph._connections.path)!r}), timeout_seconds=10)"
    else:
        server: RunningNeo4j = request.getfixturevalue("neo4j_server")
        opened = f"Neo4jGraph({server.url!r}, user={server.user!r}, password={server.password!r}, timeout_seconds=10)"
    runs: list[str] = []
    declare(lambda _graph, _keep: runs.append("first"), lambda _graph, _keep: runs.append("second"))

    program = _DIES_IN_THE_SECOND_STEP.format(graph=opened)
    died = subprocess.run([sys.executable, "-"], input=program.encode(), capture_output=True, timeout=60, check=False)
    assert died.returncode == 9, died.stderr
    assert state_of(graph)["schemaVersion"] == SECOND
    started = time.monotonic()
    graph.prepare()

    assert runs == ["second"]
    assert schema_of(graph) == THIRD
    assert time.monotonic() - started < 20


def test_a_graph_of_a_later_schema_is_refused_with_what_to_do(graph: Graph) -> None:
    graph.update_record(GRAPH_STATE, STATE_KEY, {"schemaVersion": 99})

    with pytest.raises(InvalidInputError, match="made it, or a later one, or restore a backup"):
        graph.prepare()


def test_a_graph_of_an_earlier_schema_is_called_so(graph: Graph, declare: Callable[..., None]) -> None:
    declare(lambda _graph, _keep: None)

    assert f"schema {SCHEMA_VERSION}, this Marquee {SECOND}" in graph.check().problems[0]
