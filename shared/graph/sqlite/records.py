"""Records of the SQLite adapter: single nodes, changed by compare-and-set, each in one statement."""

import json
from collections.abc import Sequence
from typing import Any

from shared.graph.columns import check_keys, to_record
from shared.graph.port import Record
from shared.graph.sqlite import statements as sql
from shared.graph.sqlite.store import SqliteStore
from shared.schema import NodeKind


class SqliteRecords(SqliteStore):
    """Single nodes with all their properties."""

    def create_record(self, kind: NodeKind, record: Record) -> bool:
        """See `Graph.create_record`."""
        check_keys(kind, [record[kind.key]])
        names = [kind.property(name).name for name in record]
        places = ", ".join("?" * len(names))
        statement = (
            f"INSERT INTO {sql.quote(kind.label)} ({', '.join(map(sql.quote, names))}) VALUES ({places}) "  # noqa: S608 - names of the schema
            f"ON CONFLICT ({sql.quote(kind.key)}) DO NOTHING"
        )
        with self._write() as connection:
            return connection.execute(statement, list(record.values())).rowcount == 1

    def find_records(
        self, kind: NodeKind, where: Record | None = None, *, newest_by: str | None = None, limit: int = 1_000
    ) -> list[Record]:
        """See `Graph.find_records`."""
        names = kind.record_properties()
        where = where or {}
        condition = f"WHERE {sql.equals(kind.property(name).name for name in where)}" if where else ""
        newest = f"{sql.quote(kind.property(newest_by).name)} DESC NULLS LAST, " if newest_by else ""
        statement = (
            f"SELECT {', '.join(map(sql.quote, names))} FROM {sql.quote(kind.label)} {condition} "  # noqa: S608 - as above
            f"ORDER BY {newest}{sql.quote(kind.key)} LIMIT ?"
        )
        with self._connections.read() as connection:
            rows = connection.execute(statement, [*where.values(), limit]).fetchall()
        return [to_record(kind, dict(zip(names, row, strict=True))) for row in rows]

    def read_records(self, kind: NodeKind, keys: Sequence[str]) -> dict[str, Record]:
        """See `Graph.read_records`."""
        wanted = set(keys)
        condition = f"{sql.quote(kind.key)} IN (SELECT value FROM json_each(?))"  # noqa: S608 - as above
        records = self._select(kind, condition, json.dumps(list(wanted), ensure_ascii=False), limit=-1)
        # SQLite ends a text at a NUL, so that a key with one would find another node.
        return {record[kind.key]: record for record in records if record[kind.key] in wanted}

    def list_records(self, kind: NodeKind, *, after: str | None, limit: int) -> list[Record]:
        """See `Graph.list_records`."""
        return self._select(kind, f"{sql.quote(kind.key)} > ?", after or "", limit=limit)  # no key is empty

    def _select(self, kind: NodeKind, condition: str, parameter: str, *, limit: int) -> list[Record]:
        """Records in the order of their keys."""
        names = kind.record_properties()
        statement = (
            f"SELECT {', '.join(map(sql.quote, names))} FROM {sql.quote(kind.label)} "  # noqa: S608 - as above
            f"WHERE {condition} ORDER BY {sql.quote(kind.key)} LIMIT ?"
        )
        with self._connections.read() as connection:
            rows = connection.execute(statement, (parameter, limit)).fetchall()
        return [to_record(kind, dict(zip(names, row, strict=True))) for row in rows]

    def read_large(self, kind: NodeKind, key: str, name: str) -> str | None:
        """See `Graph.read_large`."""
        statement = (
            f"SELECT {sql.quote(kind.property(name).name)} FROM {sql.quote(kind.label)} "  # noqa: S608 - as above
            f"WHERE {sql.equals([kind.key])}"
        )
        with self._connections.read() as connection:
            row = connection.execute(statement, [key]).fetchone()
        return row[0] if row else None

    def update_record(self, kind: NodeKind, key: str, changes: Record, *, expected: Record | None = None) -> bool:
        """See `Graph.update_record`."""
        # Setting the key to itself makes a call without changes a comparison, and not a mistake in the SQL.
        sets = ", ".join(f"{sql.quote(kind.property(name).name)} = ?" for name in changes) or f"{kind.key} = {kind.key}"
        condition: dict[str, Any] = {kind.key: key, **(expected or {})}
        statement = (
            f"UPDATE {sql.quote(kind.label)} SET {sets} "  # noqa: S608 - as above
            f"WHERE {sql.equals(kind.property(name).name for name in condition)}"
        )
        with self._write() as connection:
            return connection.execute(statement, [*changes.values(), *condition.values()]).rowcount == 1
