"""Pointers of the SQLite adapter: a node's one relationship of a kind, moved by compare-and-set."""

import sqlite3

from shared.graph.columns import check_keys
from shared.graph.port import UnknownEndpointsError
from shared.graph.sqlite import statements as sql
from shared.graph.sqlite.store import SqliteStore, handles_of
from shared.schema import EdgeKind


class SqlitePointers(SqliteStore):
    """Relationships that move."""

    def read_pointer(self, kind: EdgeKind, source: str) -> str | None:
        """See `Graph.read_pointer`."""
        with self._connections.read() as connection:
            return _pointed_to(connection, kind, source)

    def move_pointer(self, kind: EdgeKind, source: str, *, expected: str | None, target: str) -> bool:
        """See `Graph.move_pointer`."""
        check_keys(kind.source, [source])
        with self._write() as connection:
            target_handle = handles_of(connection, kind.target, [target]).get(target)
            if target_handle is None:
                raise UnknownEndpointsError(kind, kind.target, [target])
            if _pointed_to(connection, kind, source) != expected:
                return False
            connection.execute(sql.upsert_node(kind.source, ()), (source,))
            source_handle = handles_of(connection, kind.source, [source])[source]
            connection.execute(f"DELETE FROM {sql.quote(kind.type)} WHERE source = ?", (source_handle,))  # noqa: S608 - as above
            connection.execute(sql.upsert_edge(kind, ()), (source_handle, target_handle))
            if kind.remembers and expected not in (None, target):
                connection.execute(sql.upsert_node(kind.source, [kind.remembers]), (source, expected))
            return True


def _pointed_to(connection: sqlite3.Connection, kind: EdgeKind, source: str) -> str | None:
    statement = (
        f"SELECT t.{sql.quote(kind.target.key)} FROM {sql.quote(kind.source.label)} s "  # noqa: S608 - names of the schema
        f"JOIN {sql.quote(kind.type)} e ON e.source = s.handle "
        f"JOIN {sql.quote(kind.target.label)} t ON t.handle = e.target WHERE s.{sql.quote(kind.source.key)} = ?"
    )
    row = connection.execute(statement, (source,)).fetchone()
    return row[0] if row else None
