"""The address in the settings decides which store is opened; nothing is reached before the first call."""

from pathlib import Path

import pytest

from shared.errors import InvalidInputError
from shared.graph import open_graph
from shared.graph.neo4j import Neo4jGraph
from shared.graph.sqlite import SqliteGraph
from shared.settings import GraphSettings


def settings(url: str, password: str | None = None) -> GraphSettings:
    return GraphSettings.model_validate({"graph_url": url, "graph_password": password})


def test_a_file_is_opened_as_sqlite(tmp_path: Path) -> None:
    with open_graph(settings(f"sqlite:{tmp_path}/new/graph.db")) as graph:
        assert isinstance(graph, SqliteGraph)
        assert not (tmp_path / "new").exists()
        graph.prepare()

    assert (tmp_path / "new" / "graph.db").exists()


@pytest.mark.parametrize("url", ["bolt://127.0.0.1:1", "neo4j://db", "neo4j+s://db", "bolt+s://db:7687"])
def test_an_address_of_neo4j_is_opened_with_its_password(url: str) -> None:
    with open_graph(settings(url, "secret")) as graph:
        assert isinstance(graph, Neo4jGraph)


def test_a_neo4j_without_a_password_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"MARQUEE_GRAPH_PASSWORD is missing: bolt://db needs"):
        open_graph(settings("bolt://db"))


@pytest.mark.parametrize("url", ["", "postgres://db", "/a/file.db", "http://db:7474"])
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match=r"MARQUEE_GRAPH_URL is .* begins with sqlite:, bolt:// or neo4j://"):
        open_graph(settings(url))
