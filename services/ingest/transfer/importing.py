"""An export into a graph: nodes before the relationships between them, in parts."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from services.ingest.transfer.kinds import EDGES, NODES, SOURCE, TARGET, arrow_schema, name_of, stored
from services.ingest.transfer.manifest import File, Manifest, read_manifest, verify
from services.ingest.transfer.tables import reading
from shared.errors import ConflictError
from shared.graph import Graph
from shared.graph.columns import from_values, objects
from shared.graph.port import Array
from shared.schema import EdgeKind, NodeKind, PropertyType

Progress = Callable[[str, float], None]
"""Told what is how far done, 0 to 1: "check", then kinds."""


def import_graph(graph: Graph, folder: Path, progress: Progress, *, merge: bool) -> Manifest:
    """Write an export into a graph that has neither users nor movies; or with `merge` into any.

    Merged, what the folder says replaces what is there, but for relationships with a newer time; what it does not say
    stays. The folder is checked before anything is written. After a break, doing it again with `merge` writes the rest.

    Raises:
        InvalidInputError: the folder is no export, or damaged. Nothing is written.
        ConflictError: the graph is not empty, and not to be merged with. Nothing is written.
    """
    manifest = read_manifest(folder)
    verify(folder, manifest, lambda done: progress("check", done))
    if not merge:
        _refuse_filled(graph)
    files = {file.kind: file for file in manifest.files}
    kinds: tuple[NodeKind | EdgeKind, ...] = (*NODES, *EDGES)
    try:
        for kind in kinds:
            if file := files.get(name_of(kind)):
                _import_file(graph, folder, file, kind, manifest, progress)
    finally:
        graph.bump_revision()
    return manifest


def _refuse_filled(graph: Graph) -> None:
    for kind in NODES:
        if graph.list_records(kind, after=None, limit=1):
            raise ConflictError(
                f"The graph has {kind.label} nodes already. Import into an empty one, or add `--merge`: then what the "
                "folder says replaces what is there, and the rest stays."
            )


def _import_file(  # noqa: PLR0917 - each is needed, and of another type
    graph: Graph, folder: Path, file: File, kind: NodeKind | EdgeKind, manifest: Manifest, progress: Progress
) -> None:
    done = 0
    progress(file.kind, 0.0)
    for batch in reading(folder / file.name, arrow_schema(kind), manifest.file_format):
        columns = {property_.name: _column(batch.column(property_.name), property_.type) for property_ in stored(kind)}
        if isinstance(kind, NodeKind):
            graph.put_nodes(kind, {kind.key: _keys(batch, kind.key), **columns})
        else:
            graph.put_edges(kind, _keys(batch, SOURCE), _keys(batch, TARGET), columns)
        done += batch.num_rows
        progress(file.kind, done / max(file.rows, 1))
    progress(file.kind, 1.0)


def _keys(batch: pa.RecordBatch, name: str) -> Array:
    return objects(batch.column(name).to_pylist())


def _column(column: pa.Array, type_: PropertyType) -> Array:
    return from_values(column.to_pylist(), type_)
