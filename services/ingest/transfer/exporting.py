"""A graph into a new folder: whole, or not there at all."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from services.ingest.transfer.kinds import EDGES, NODES, arrow_schema, name_of, stored
from services.ingest.transfer.manifest import File, FileFormat, Manifest, sha256, write_manifest
from services.ingest.transfer.tables import writing
from shared.errors import InvalidInputError, NoSpaceError
from shared.graph import Graph, NodeTable
from shared.graph.columns import to_values
from shared.graph.port import Columns
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
    tables: dict[NodeKind, NodeTable] = {}
    for kind in NODES:
        table = graph.read_nodes(kind, [property_.name for property_ in stored(kind)])
        parts = [(_arrow(kind, [table.keys.tolist()], table.columns), 1.0)]
        yield _write(folder, kind, file_format, iter(parts), progress)
        tables[kind] = NodeTable(kind, table.keys, table.handles)  # the properties are not needed any more
    for edge in EDGES:
        yield _write(folder, edge, file_format, _edges(graph, edge, tables), progress)


def _edges(graph: Graph, kind: EdgeKind, tables: dict[NodeKind, NodeTable]) -> Iterator[tuple[pa.Table, float]]:
    sources, targets = tables[kind.source], tables[kind.target]
    for batch in graph.read_edges(kind, sources, targets, [property_.name for property_ in stored(kind)]):
        ends = [sources.keys[batch.sources].tolist(), targets.keys[batch.targets].tolist()]
        yield _arrow(kind, ends, batch.columns), batch.fraction


def _arrow(kind: NodeKind | EdgeKind, keys: list[list[str]], columns: Columns) -> pa.Table:
    own = [to_values(columns[property_.name], property_.type) for property_ in stored(kind)]
    schema = arrow_schema(kind)
    arrays = [pa.array(values, field.type) for values, field in zip([*keys, *own], schema, strict=True)]
    return pa.table(arrays, schema=schema)


def _write(
    folder: Path,
    kind: NodeKind | EdgeKind,
    file_format: FileFormat,
    parts: Iterator[tuple[pa.Table, float]],
    progress: Progress,
) -> File:
    path, rows = folder / f"{name_of(kind)}.{file_format}", 0
    progress(name_of(kind), 0.0)
    with writing(path, arrow_schema(kind), file_format) as sink:
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
