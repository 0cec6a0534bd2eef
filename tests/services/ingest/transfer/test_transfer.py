"""A graph into a folder and back: the same graph, whichever the store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.ingest.transfer.cli import export_command, import_command
from services.ingest.transfer.exporting import export_graph
from services.ingest.transfer.importing import import_graph
from services.ingest.transfer.kinds import EDGES, NODES
from services.ingest.transfer.manifest import FileFormat, read_manifest
from shared.errors import ConflictError, InvalidInputError
from shared.graph import Graph
from shared.graph.sqlite import SqliteGraph
from shared.schema import EDGE_KINDS, NODE_KINDS
from tests.services.ingest.transfer.filled import NEVER_EXPORTED, contents, fill, quiet


def test_every_kind_is_exported_or_known_not_to_be() -> None:
    exported = {kind.label for kind in NODES} | {kind.type for kind in EDGES}
    there = {kind.label for kind in NODE_KINDS} | {kind.type for kind in EDGE_KINDS}

    assert exported == there - NEVER_EXPORTED


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_a_round_trip_gives_the_same_graph(graph: Graph, tmp_path: Path, file_format: FileFormat) -> None:
    with SqliteGraph(tmp_path / "other.db", timeout_seconds=10) as other:
        other.prepare()
        before = fill(graph)
        revision = other.read_revision()

        manifest = export_graph(graph, tmp_path / "export", file_format, quiet)
        import_graph(other, tmp_path / "export", quiet, merge=False)

        assert contents(other) == before
        assert other.read_revision() > revision
        assert manifest == read_manifest(tmp_path / "export")
        assert {file.kind: file.rows for file in manifest.files}["RATED"] == 1
        # and once more the other way, over what is there: nothing changes
        export_graph(other, tmp_path / "back", file_format, quiet)
        import_graph(graph, tmp_path / "back", quiet, merge=True)
        assert contents(graph) == before
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["back", "export"]


@pytest.mark.slow
def test_what_sqlite_exported_neo4j_imports(neo4j_graph: Graph, sqlite_graph: Graph, tmp_path: Path) -> None:
    before = fill(sqlite_graph)
    export_graph(sqlite_graph, tmp_path / "export", "parquet", quiet)

    import_graph(neo4j_graph, tmp_path / "export", quiet, merge=False)

    assert contents(neo4j_graph) == before


def test_a_graph_with_something_in_it_is_not_imported_into_unless_asked(sqlite_graph: Graph, tmp_path: Path) -> None:
    before = fill(sqlite_graph)
    export_graph(sqlite_graph, tmp_path / "export", "parquet", quiet)

    with pytest.raises(ConflictError, match="has User nodes already"):
        import_graph(sqlite_graph, tmp_path / "export", quiet, merge=False)

    assert contents(sqlite_graph) == before


@pytest.mark.parametrize("damage", ["cut", "changed", "missing"])
def test_a_damaged_folder_is_refused_before_anything_is_written(
    sqlite_graph: Graph, tmp_path: Path, damage: str
) -> None:
    fill(sqlite_graph)
    export_graph(sqlite_graph, tmp_path / "export", "csv", quiet)
    file = tmp_path / "export" / "RATED.csv"
    if damage == "missing":
        file.unlink()
    else:
        text = file.read_bytes()
        file.write_bytes(text[:-1] if damage == "cut" else text.replace(b"NA", b"XX"))

    with SqliteGraph(tmp_path / "other.db", timeout_seconds=10) as other:
        other.prepare()
        with pytest.raises(InvalidInputError, match=r"RATED\.csv is missing or not what it was"):
            import_graph(other, tmp_path / "export", quiet, merge=False)
        assert all(count == 0 for count, _ in contents(other).values())


def test_an_export_that_fails_leaves_nothing(sqlite_graph: Graph, tmp_path: Path) -> None:
    fill(sqlite_graph)

    def stop(part: str, _done: float) -> None:
        if part == "RATED":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_graph(sqlite_graph, tmp_path / "to" / "export", "parquet", stop)
    assert list((tmp_path / "to").iterdir()) == []

    (tmp_path / "there").mkdir()
    with pytest.raises(InvalidInputError, match="exists"):
        export_graph(sqlite_graph, tmp_path / "there", "parquet", quiet)


def test_a_folder_of_a_later_schema_or_of_nothing_is_refused(sqlite_graph: Graph, tmp_path: Path) -> None:
    export_graph(sqlite_graph, tmp_path / "export", "parquet", quiet)
    manifest = tmp_path / "export" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema_version": ', '"schema_version": 9'))

    with pytest.raises(InvalidInputError, match="a later one"):
        import_graph(sqlite_graph, tmp_path / "export", quiet, merge=True)
    with pytest.raises(InvalidInputError, match="is no export"):
        import_graph(sqlite_graph, tmp_path, quiet, merge=True)


def test_the_command_line_exports_and_imports(
    sqlite_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fill(sqlite_graph)
    run: Callable[..., Any] = CliRunner().invoke
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path / 'graph.db'}")

    exported = run(export_command, [str(tmp_path / "export"), "--format", "csv"], catch_exceptions=False)
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path / 'other.db'}")
    imported = run(import_command, [str(tmp_path / "export")], catch_exceptions=False)

    assert (exported.exit_code, imported.exit_code) == (0, 0)
    assert "nodes and relationships were exported" in exported.output
    with SqliteGraph(tmp_path / "other.db", timeout_seconds=10) as other:
        assert contents(other) == before
