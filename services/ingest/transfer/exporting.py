"""A graph into a new folder: whole, or not there at all."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa

from services.ingest.transfer.kinds import EDGES, name_of, stored
from services.ingest.transfer.layouts import ByKey, Layout
from services.ingest.transfer.manifest import File, FileFormat, Manifest, sha256, write_manifest
from services.ingest.transfer.neo4j_admin import ByNumber, write_arguments
from services.ingest.transfer.tables import writing
from shared.errors import InvalidInputError, NoSpaceError
from shared.graph import Graph, NodeTable
from shared.schema import EdgeKind, NodeKind

Progress = Callable[[str, float], None]
"""Told which kind is how far done, 0 to 1."""


def export_graph(graph: Graph, folder: Path, file_format: FileFormat, progress: Progress) -> Manifest:
    """Write users, movies, what describes them and what users did into `folder`, a new one.

    The services may go on: a relationship whose end came after the nodes were read is left out. In memory are the ids
    of all nodes, the properties of one kind of node, and a part of the relationships.

    Raises:
        InvalidInputError: the folder exists.
        NoSpaceError: the disk is full; nothing of the folder is left.
    """
    if folder.exists():
        raise InvalidInputError(f"{folder} exists. Name a new folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        exported_at = graph.now()
        files = list(_write_all(graph, unfinished, file_format, progress))
        if file_format == "neo4j-admin":
            write_arguments(unfinished, files)
        manifest = write_manifest(unfinished, exported_at, file_format, files)
        for path in (*unfinished.iterdir(), unfinished):
            _flush(path)
        unfinished.chmod(0o755)
        unfinished.rename(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise NoSpaceError(f"{folder} can't be written: {error}.") from error
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    _flush(folder.parent)
    return manifest


def _write_all(graph: Graph, folder: Path, file_format: FileFormat, progress: Progress) -> Iterator[File]:
    layout = ByNumber() if file_format == "neo4j-admin" else ByKey()
    write = partial(_write, folder, layout, file_format, progress)
    tables: dict[NodeKind, NodeTable] = {}
    for kind in layout.nodes:
        table = graph.read_nodes(kind, [property_.name for property_ in stored(kind)])
        yield write(kind, iter([(layout.nodes_table(table), 1.0)]))
        tables[kind] = NodeTable(kind, table.keys, table.handles)  # the properties are not needed any more
    for edge in EDGES:
        yield write(edge, _edges(graph, layout, edge, tables))


def _edges(
    graph: Graph, layout: Layout, kind: EdgeKind, tables: dict[NodeKind, NodeTable]
) -> Iterator[tuple[pa.Table, float]]:
    sources, targets = tables[kind.source], tables[kind.target]
    for batch in graph.read_edges(kind, sources, targets, [property_.name for property_ in stored(kind)]):
        yield layout.edges_table(kind, batch, sources, targets), batch.fraction


def _write(  # noqa: PLR0917 - each is needed, and of another type
    folder: Path,
    layout: Layout,
    file_format: FileFormat,
    progress: Progress,
    kind: NodeKind | EdgeKind,
    parts: Iterator[tuple[pa.Table, float]],
) -> File:
    ending = "parquet" if file_format == "parquet" else "csv"
    path, rows = folder / f"{name_of(kind)}.{ending}", 0
    progress(name_of(kind), 0.0)
    with writing(path, layout.schema(kind), file_format) as sink:
        for table, fraction in parts:
            sink.write_table(table)
            rows += table.num_rows
            progress(name_of(kind), fraction)
    progress(name_of(kind), 1.0)
    return File(path.name, name_of(kind), rows, path.stat().st_size, sha256(path))


def _flush(path: Path) -> None:
    """Onto the disk: a folder that has its name is whole even after the power has failed."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
