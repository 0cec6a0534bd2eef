"""How the files of an export name nodes, and what their columns are called."""

from abc import ABC, abstractmethod

import pyarrow as pa

from services.ingest.transfer.kinds import NODES, arrow_schema, stored
from shared.graph import EdgeBatch, NodeTable
from shared.graph.columns import is_missing
from shared.graph.port import Array, Columns
from shared.schema import EdgeKind, NodeKind


class Layout(ABC):
    """The columns of the files of an export: what names a node or both ends of a relationship, and the properties."""

    nodes: tuple[NodeKind, ...] = NODES
    """The kinds of nodes that are written."""

    @abstractmethod
    def schema(self, kind: NodeKind | EdgeKind) -> pa.Schema:
        """The columns of a kind's file. Null is missing."""

    @abstractmethod
    def node_ids(self, table: NodeTable) -> list[Array]:
        """The columns before the properties of nodes."""

    @abstractmethod
    def edge_ends(self, batch: EdgeBatch, sources: NodeTable, targets: NodeTable) -> list[Array]:
        """The columns before the properties of relationships."""

    def nodes_table(self, table: NodeTable) -> pa.Table:
        """Nodes as they are written."""
        return self._table(table.kind, self.node_ids(table), table.columns)

    def edges_table(self, kind: EdgeKind, batch: EdgeBatch, sources: NodeTable, targets: NodeTable) -> pa.Table:
        """Relationships as they are written."""
        return self._table(kind, self.edge_ends(batch, sources, targets), batch.columns)

    def _table(self, kind: NodeKind | EdgeKind, ids: list[Array], columns: Columns) -> pa.Table:
        schema = self.schema(kind)
        arrays = [pa.array(column, field.type) for column, field in zip(ids, schema, strict=False)]
        for property_, field in zip(stored(kind), list(schema)[len(ids) :], strict=True):
            column = columns[property_.name]
            arrays.append(pa.array(column, field.type, is_missing(column, property_.type)))
        return pa.table(arrays, schema=schema)


class ByKey(Layout):
    """Nodes named by key: what `marquee import` reads."""

    def schema(self, kind: NodeKind | EdgeKind) -> pa.Schema:
        """See `Layout.schema`."""
        return arrow_schema(kind)

    def node_ids(self, table: NodeTable) -> list[Array]:
        """See `Layout.node_ids`."""
        return [table.keys]

    def edge_ends(self, batch: EdgeBatch, sources: NodeTable, targets: NodeTable) -> list[Array]:
        """See `Layout.edge_ends`."""
        return [sources.keys[batch.sources], targets.keys[batch.targets]]
