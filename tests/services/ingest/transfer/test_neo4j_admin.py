"""A graph for `neo4j-admin database import full`: what is written, and what Neo4j's own tool makes of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.ingest.transfer.cli import export_command
from services.ingest.transfer.exporting import export_graph
from services.ingest.transfer.importing import import_graph
from services.ingest.transfer.kinds import NODES
from shared.errors import InvalidInputError
from shared.events import Event, EventRequest, EventType
from shared.graph import Graph
from shared.graph.neo4j import Neo4jGraph
from shared.graph.sqlite import SqliteGraph
from shared.graph.state import STATE_KEY
from shared.local.neo4j import Neo4jServer
from shared.schema import GRAPH_STATE, RATED, SCHEMA_VERSION
from tests.services.ingest.transfer.filled import contents, fill, quiet


def everything(graph: Neo4jGraph) -> list[str]:
    """Labels, types and properties with their types as Neo4j itself has them; but for the `GraphState`."""
    nodes = f"MATCH (n) WHERE NOT n:{GRAPH_STATE.label} RETURN labels(n) AS what, properties(n) AS values"
    edges = "MATCH (s)-[r]->(t) RETURN [properties(s), type(r), properties(t)] AS what, properties(r) AS values"
    rows = [row.data() for statement in (nodes, edges) for row in graph._read(statement)]
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def test_the_files_have_the_headers_and_numbers_that_neo4j_admin_reads(tmp_path: Path) -> None:
    with SqliteGraph(tmp_path / "graph.db", timeout_seconds=10) as graph:
        graph.prepare()
        fill(graph)

        manifest = export_graph(graph, tmp_path / "export", "neo4j-admin", quiet)

        users = (tmp_path / "export" / "User.csv").read_text().splitlines()
        rated = (tmp_path / "export" / "RATED.csv").read_text().splitlines()
        state = (tmp_path / "export" / "GraphState.csv").read_text().splitlines()
        options = (tmp_path / "export" / "import.args").read_text().splitlines()
        assert users[0] == '":ID(User)","userId:string","gender:string","occupation:string","age:long"'
        assert users[3] == '2,"NA",,,'
        assert rated == [
            '":START_ID(User)",":END_ID(Movie)","rating:double","ratedAt:long"',
            "2,1,0.30000000000000004,7",
        ]
        assert state[1].startswith(f'0,"{STATE_KEY}",{SCHEMA_VERSION},{graph.read_revision()},')
        assert "--nodes=User=User.csv" in options
        assert "--relationships=RATED=RATED.csv" in options
        assert manifest.rows == sum(count for count, _ in contents(graph).values()) + 1
        with pytest.raises(InvalidInputError, match="was exported for neo4j-admin"):
            import_graph(graph, tmp_path / "export", quiet, merge=True)


def test_kinds_that_the_graph_has_none_of_are_no_part_of_the_import(sqlite_graph: Graph, tmp_path: Path) -> None:
    export_graph(sqlite_graph, tmp_path / "export", "neo4j-admin", quiet)

    options = (tmp_path / "export" / "import.args").read_text().splitlines()
    assert [option for option in options if option.startswith(("--nodes", "--rel"))] == [
        "--nodes=GraphState=GraphState.csv"
    ]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_neo4js_own_tool_imports_is_what_marquee_would_have_written(
    tmp_path: Path, neo4j_cache: Path, sqlite_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fill(sqlite_graph)
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path / 'graph.db'}")
    said: Any = CliRunner().invoke(export_command, [str(tmp_path / "first"), "--format", "neo4j-admin"])
    assert said.output.splitlines()[-1].endswith("neo4j-admin database import full neo4j @import.args")
    home = tmp_path / "neo4j"
    home.mkdir()
    server = Neo4jServer(home, cache=neo4j_cache, preallocates_log=False, heap_megabytes=512, page_cache_megabytes=64)

    server.admin("database", "import", "full", "neo4j", "@import.args", folder=tmp_path / "first")

    address = server.address
    with server, Neo4jGraph(address.url, user=address.user, password=address.password, timeout_seconds=60) as graph:
        state = graph.read_record(GRAPH_STATE, STATE_KEY)
        imported = everything(graph)
        graph.prepare()  # as every service does when it starts
        assert graph.check().problems == ()
        assert state == graph.read_record(GRAPH_STATE, STATE_KEY) == sqlite_graph.read_record(GRAPH_STATE, STATE_KEY)
        assert contents(graph) == before

        # It goes on as any other graph does: the constraints hold what was imported.
        graph.append_events([EventRequest([Event(EventType.RATE, "NA", "2", rating=5.0, time=8)])])
        found = graph.edges_from(RATED, "NA", ["rating"])
        assert found is not None
        assert (found[0].tolist(), found[1]["rating"].tolist()) == (["2"], [5.0])

        # What Marquee writes online into the same server is the same to the last type.
        for kind in NODES:
            graph.delete_nodes(kind, graph.read_nodes(kind).keys.tolist())
        export_graph(sqlite_graph, tmp_path / "export", "parquet", quiet)
        import_graph(graph, tmp_path / "export", quiet, merge=False)
        graph._run("MATCH (n:Change) DELETE n")
        assert imported == everything(graph)
