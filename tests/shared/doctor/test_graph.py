"""A graph that is away, refuses, is not whole, or is of another schema; and a Neo4j that could be set up better."""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from shared.doctor import graph as doctor_graph
from shared.doctor.findings import Finding
from shared.doctor.graph import check_graph
from shared.doctor.neo4j import check_server
from shared.errors import InvalidInputError, UnavailableError
from shared.graph import Graph, GraphCheck
from shared.graph.columns import objects
from shared.graph.neo4j import Neo4jGraph
from shared.graph.neo4j.server import ServerDescription
from shared.graph.state import STATE_KEY
from shared.local.neo4j import RunningNeo4j
from shared.schema import GRAPH_STATE, MOVIE, RATED, USER
from shared.settings import GraphSettings


def said(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.level.value, finding.what) for finding in found]


def rate(graph: Graph) -> None:
    graph.put_nodes(USER, {"userId": objects(["u"])})
    graph.put_nodes(MOVIE, {"movieId": objects(["m"])})
    graph.put_edges(RATED, objects(["u"]), objects(["m"]), {"rating": np.array([4.0])})


class TestSqlite:
    @pytest.fixture
    def path(self, sqlite_graph: Graph, tmp_path: Path) -> Path:
        """The file of a graph with one rating."""
        rate(sqlite_graph)
        return tmp_path / "graph.db"

    @pytest.fixture
    def settings(self, path: Path) -> GraphSettings:
        return GraphSettings(graph_url=f"sqlite:{path}")

    def test_a_whole_one_is_well(self, settings: GraphSettings) -> None:
        assert said(list(check_graph(settings))) == [
            ("well", f"{settings.graph_url} answers."),
            ("well", "It holds 1 users, 1 movies, 1 ratings."),
        ]

    def test_an_empty_one_is_warned_of(self, settings: GraphSettings, sqlite_graph: Graph) -> None:
        sqlite_graph.delete_nodes(USER, ["u"])

        found = list(check_graph(settings))[-1]

        assert (found.level, "marquee ingest" in found.advice) == ("warning", True)

    def test_one_that_is_not_there_is_not_made(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInputError, match=r"There is no graph at .*nothing\.db: check MARQUEE_GRAPH_URL"):
            list(check_graph(GraphSettings(graph_url=f"sqlite:{tmp_path / 'nothing.db'}")))

        assert list(tmp_path.glob("nothing*")) == []

    def test_a_file_that_is_none_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "letter.txt").write_text("Dear graph, " * 1_000)

        with pytest.raises(InvalidInputError, match="is not an SQLite database"):
            list(check_graph(GraphSettings(graph_url=f"sqlite:{tmp_path / 'letter.txt'}")))

    def test_what_is_missing_is_wrong(self, settings: GraphSettings, path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DROP TABLE HAS_TAG")

        assert ("wrong", "Table HAS_TAG is missing.") in said(list(check_graph(settings)))

    def test_a_newer_schema_is_wrong(self, settings: GraphSettings, sqlite_graph: Graph) -> None:
        sqlite_graph.update_record(GRAPH_STATE, STATE_KEY, {"schemaVersion": 99})

        level, what = said(list(check_graph(settings)))[1]

        assert level == "wrong"
        assert "schema 99" in what
        assert "run the Marquee that made it" in what


@pytest.mark.slow
class TestNeo4j:
    @pytest.fixture
    def settings(self, neo4j_server: RunningNeo4j, neo4j_graph: Graph) -> GraphSettings:
        """Those of a graph with one rating."""
        rate(neo4j_graph)
        values = {"graph_url": neo4j_server.url, "graph_user": neo4j_server.user}
        return GraphSettings.model_validate({**values, "graph_password": neo4j_server.password})

    def test_a_whole_one_is_well(self, settings: GraphSettings) -> None:
        found = list(check_graph(settings))

        assert [finding.level for finding in found] == ["well"] * 3
        assert found[0].what == f"{settings.graph_url} answers."
        assert found[1].what.startswith("Neo4j 5.26")
        assert found[1].what.endswith("community edition.")

    def test_a_wrong_password_is_told_without_it(self, settings: GraphSettings) -> None:
        wrong = GraphSettings.model_validate({**settings.model_dump(), "graph_password": "s3cret"})

        with pytest.raises(InvalidInputError, match="refuses the user neo4j: check MARQUEE_GRAPH_USER") as raised:
            list(check_graph(wrong))

        assert "s3cret" not in str(raised.value)

    def test_a_clock_that_differs_is_warned_of(self, settings: GraphSettings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(doctor_graph, "time", SimpleNamespace(time=lambda: time.time() - 60))

        found = [finding for finding in check_graph(settings) if "clock" in finding.what]

        assert [finding.level for finding in found] == ["warning"]
        assert "differ by 60 s" in found[0].what or "differ by 61 s" in found[0].what


@pytest.mark.slow
def test_a_server_that_is_not_there_is_told_within_seconds() -> None:
    started = time.monotonic()

    with pytest.raises(UnavailableError, match="did not answer within 5 s"):
        list(check_graph(GraphSettings.model_validate({"graph_url": "bolt://127.0.0.1:1", "graph_password": "x"})))

    assert time.monotonic() - started < 20


SOUND = {
    "server.bolt.connection_keep_alive": "5s",
    "dbms.memory.transaction.total.max": "700.00MiB",
    "server.memory.pagecache.size": "512.00MiB",
}


KEEP_ALIVE, HEAP, PAGE_CACHE = SOUND


@pytest.mark.parametrize(
    ("version", "settings", "ratings", "level", "what"),
    [
        ("5.22.0", {}, 0, "wrong", "Neo4j 5.22.0, community edition."),
        ("4.4.40", {}, 0, "wrong", "Neo4j 4.4.40, community edition."),
        ("5.25.1", {}, 0, "warning", "Neo4j 5.25.1, community edition."),
        ("5.26.0", {KEEP_ALIVE: "1m"}, 0, "warning", "its clients notice after 120 s"),
        ("5.26.0", {HEAP: "256MiB"}, 0, "warning", "Neo4j's transactions may take 268 MB"),
        ("5.26.0", {}, 20_000_000, "warning", "537 MB, and 20,000,000 ratings take about 2,000 MB"),
    ],
)
def test_a_server_that_is_too_old_or_too_small_is_found(
    monkeypatch: pytest.MonkeyPatch, *, version: str, settings: Mapping[str, str], ratings: int, level: str, what: str
) -> None:
    (found,) = [finding for finding in judge(monkeypatch, version, settings, ratings) if finding.level != "well"]

    assert (found.level, what in found.what) == (level, True)
    assert found.advice


@pytest.mark.parametrize(("version", "settings"), [("5.26.0", {}), ("2025.10.1", {PAGE_CACHE: None})])
def test_a_server_that_will_do_is_well(
    monkeypatch: pytest.MonkeyPatch, version: str, settings: Mapping[str, str | None]
) -> None:
    assert said(judge(monkeypatch, version, settings, 1_000)) == [("well", f"Neo4j {version}, community edition.")]


def judge(
    monkeypatch: pytest.MonkeyPatch, version: str, settings: Mapping[str, str | None], ratings: int
) -> list[Finding]:
    """What is said about a server that describes itself so."""
    graph = Neo4jGraph("bolt://127.0.0.1:1", user="neo4j", password="x", timeout_seconds=1)
    described = ServerDescription(version, "community", {**SOUND, **settings})
    monkeypatch.setattr(Neo4jGraph, "describe_server", lambda _graph: described)
    return list(check_server(graph, GraphCheck({}, {RATED.type: ratings}, ())))
