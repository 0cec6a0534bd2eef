"""Nodes of the SQLite adapter: written and read in columns, deleted with all that hangs on them."""

import json
from collections.abc import Sequence
from functools import partial

import numpy as np

from shared.graph.columns import check_keys, check_lengths, from_values, last_of_each, objects, to_values
from shared.graph.port import Columns, NodeTable
from shared.graph.sqlite import statements as sql
from shared.graph.sqlite.rows import put_rows
from shared.graph.sqlite.store import SqliteStore, handles_of
from shared.schema import EDGE_KINDS, SLOT_KINDS, NodeKind, Slot


class SqliteNodes(SqliteStore):
    """Nodes in columns."""

    def put_nodes(self, kind: NodeKind, columns: Columns, *, exact: bool = False) -> None:
        """See `Graph.put_nodes`."""
        keys = columns[kind.key]
        check_lengths(kind.label, len(keys), columns)
        check_keys(kind, keys.tolist())
        properties = [name for name in columns if name != kind.key]
        rows = last_of_each(keys)
        picked = columns if rows is None else {name: column[rows] for name, column in columns.items()}
        values = [to_values(picked[name], kind.property(name).type) for name in (kind.key, *properties)]
        with self._write() as connection:
            put_rows(connection, partial(sql.upsert_node, kind, properties, exact=exact), values)

    def read_nodes(self, kind: NodeKind, properties: Sequence[str] = ()) -> NodeTable:
        """See `Graph.read_nodes`."""
        types = [kind.property(name).type for name in properties]
        names = ", ".join(["handle", *map(sql.quote, (kind.key, *properties))])
        statement = f"SELECT {names} FROM {sql.quote(kind.label)} ORDER BY handle"  # noqa: S608 - names of the schema
        with self._connections.read() as connection:
            rows = connection.execute(statement).fetchall()
        handles, keys, *values = zip(*rows, strict=True) if rows else ((), (), *((),) * len(properties))
        columns = {
            name: from_values(column, type_) for name, type_, column in zip(properties, types, values, strict=True)
        }
        return NodeTable(kind, objects(keys), np.array(handles, np.int64), columns)

    def delete_nodes(self, kind: NodeKind, keys: Sequence[str]) -> int:
        """See `Graph.delete_nodes`."""
        with self._write() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            handles = json.dumps(list(handles_of(connection, kind, keys).values()))
            for edge in EDGE_KINDS:
                for end, end_kind in (("source", edge.source), ("target", edge.target)):
                    if end_kind == kind:
                        connection.execute(_delete(edge.type, end), (handles,))
            for slot_kind in SLOT_KINDS:
                for slot in Slot if slot_kind.label == kind.label else ():
                    connection.execute(_delete(sql.slot_table(slot_kind, slot), "handle"), (handles,))
            deleted = connection.execute(_delete(kind.label, "handle"), (handles,)).rowcount
            connection.execute("PRAGMA secure_delete = OFF")
        return deleted


def _delete(table: str, column: str) -> str:
    """Delete what a table holds about the handles that the one parameter lists, as JSON."""
    return f"DELETE FROM {sql.quote(table)} WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608 - names of the schema
