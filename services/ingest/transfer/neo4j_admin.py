"""Files for `neo4j-admin database import full`, which builds a whole Neo4j store while its server is stopped.

They are CSV with a header of its own form, and all its other options lie beside them in one file, so that it is one
command. See decision 30.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from services.ingest.transfer.kinds import ARROW_TYPES, EDGES, NODES, name_of, stored
from services.ingest.transfer.layouts import Layout
from services.ingest.transfer.manifest import File
from shared.graph import EdgeBatch, NodeTable
from shared.graph.port import Array
from shared.schema import GRAPH_STATE, EdgeKind, NodeKind, PropertyType

ARGUMENTS: Final = "import.args"

_TYPES: Final = {
    PropertyType.STRING: "string",
    PropertyType.INT: "long",
    PropertyType.FLOAT: "double",
    PropertyType.BOOL: "boolean",
}


class ByNumber(Layout):
    """Nodes named by their number among those of their kind, which the tool does not store.

    Numbers need less room than keys, and less time to be looked up. The `GraphState` is there, too, so that the new
    store says which schema it was made by.
    """

    nodes = (*NODES, GRAPH_STATE)

    def schema(self, kind: NodeKind | EdgeKind) -> pa.Schema:
        """See `Layout.schema`. Names are those of the header: `title:string`, `:START_ID(User)`."""
        if isinstance(kind, NodeKind):
            ids = [(f":ID({kind.label})", pa.int64()), (_typed(kind.key, PropertyType.STRING), pa.string())]
        else:
            ids = [(f":{end}_ID({side.label})", pa.int64()) for end, side in _sides(kind)]
        return pa.schema([*ids, *((_typed(p.name, p.type), ARROW_TYPES[p.type]) for p in stored(kind))])

    def node_ids(self, table: NodeTable) -> list[Array]:
        """See `Layout.node_ids`."""
        return [np.arange(len(table)), table.keys]

    def edge_ends(self, batch: EdgeBatch, sources: NodeTable, targets: NodeTable) -> list[Array]:  # noqa: ARG002 - rows are numbers
        """See `Layout.edge_ends`."""
        return [batch.sources, batch.targets]


def write_arguments(folder: Path, files: Sequence[File]) -> None:
    """Write what `neo4j-admin database import full neo4j @import.args` is to do in `folder`, an option a line."""
    (folder / ARGUMENTS).write_text("".join(f"{option}\n" for option in _options(files)), encoding="utf-8")


def _options(files: Sequence[File]) -> Iterator[str]:
    file_of = {file.kind: file.name for file in files if file.rows}
    nodes = [kind for kind in ByNumber.nodes if name_of(kind) in file_of]
    yield "--id-type=integer"
    yield "--bad-tolerance=0"  # the files are whole: what the tool can't read is a fault
    yield "--multiline-fields-format=v2"  # of relationships no text is written, so they are read in parallel
    yield f"--multiline-fields={','.join(file_of[name_of(kind)] for kind in nodes)}"
    yield from (f"--nodes={name_of(kind)}={file_of[name_of(kind)]}" for kind in nodes)
    yield from (f"--relationships={kind.type}={file_of[kind.type]}" for kind in EDGES if kind.type in file_of)


def _typed(name: str, type_: PropertyType) -> str:
    return f"{name}:{_TYPES[type_]}"


def _sides(kind: EdgeKind) -> tuple[tuple[str, NodeKind], tuple[str, NodeKind]]:
    return ("START", kind.source), ("END", kind.target)
