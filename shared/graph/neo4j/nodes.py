"""Nodes of the Neo4j adapter: written and read in columns, deleted with all that hangs on them."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from shared.graph.columns import check_keys, check_lengths, from_values, last_of_each, to_values
from shared.graph.neo4j import statements as cypher
from shared.graph.neo4j.store import ROWS_A_TRANSACTION, Neo4jStore
from shared.graph.port import Columns, NodeTable
from shared.schema import NodeKind

_PAGE: Final = 10_000


class Neo4jNodes(Neo4jStore):
    """Nodes in columns."""

    def put_nodes(self, kind: NodeKind, columns: Columns, *, exact: bool = False) -> None:
        """See `Graph.put_nodes`. Many nodes are written in several transactions."""
        keys = columns[kind.key]
        check_lengths(kind.label, len(keys), columns)
        check_keys(kind, keys.tolist())
        rows = last_of_each(keys)
        picked = columns if rows is None else {name: column[rows] for name, column in columns.items()}
        values = {cypher.parameter(name): to_values(picked[name], kind.property(name).type) for name in columns}
        statement = cypher.upsert_nodes(kind, [name for name in columns if name != kind.key], exact=exact)
        for start in range(0, len(picked[kind.key]), ROWS_A_TRANSACTION):
            part = slice(start, start + ROWS_A_TRANSACTION)
            self._run(statement, **{name: column[part] for name, column in values.items()})

    def read_nodes(self, kind: NodeKind, properties: Sequence[str] = ()) -> NodeTable:
        """See `Graph.read_nodes`. The handles are internal ids, which the server may give again to a later node."""
        types = {name: kind.property(name).type for name in (kind.key, *properties)}
        pages = self._read(cypher.read_nodes(kind, properties, _PAGE))
        handles = np.array([handle for page in pages for handle in page["handles"]], np.int64)
        order = np.argsort(handles)
        columns = {
            name: from_values([value for page in pages for value in page[cypher.parameter(name)]], type_)[order]
            for name, type_ in types.items()
        }
        asked = {name: columns[name] for name in properties}
        return NodeTable(kind, columns[kind.key], handles[order], asked)

    def delete_nodes(self, kind: NodeKind, keys: Sequence[str]) -> int:
        """See `Graph.delete_nodes`. Many nodes and relationships are deleted in several transactions."""
        node = f"(n:{kind.label} {{{kind.key}: key}})"
        self._delete_matched(f"{node}-[r]-()", keys)
        return sum(
            self._change(
                f"UNWIND $keys AS key MATCH {node} DETACH DELETE n", keys=list(keys[start : start + ROWS_A_TRANSACTION])
            ).nodes_deleted
            for start in range(0, len(keys), ROWS_A_TRANSACTION)
        )
