"""Relationships of the SQLite adapter: written and read in columns."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.graph.columns import (
    check_lengths,
    codes,
    from_values,
    known_pairs,
    objects,
    to_values,
    winning_rows,
)
from shared.graph.port import COLUMN_DTYPES, Array, Columns, EdgeBatch, End, NodeTable, UnknownEndpointsError
from shared.graph.ranges import read_by_ranges
from shared.graph.sqlite import statements as sql
from shared.graph.sqlite.rows import put_rows
from shared.graph.sqlite.store import SqliteStore, handles_of
from shared.ids import Rows
from shared.schema import EdgeKind, NodeKind

_SOURCES_AT_ONCE: Final = 1_000  # a megabyte of text: 144 ratings a user


class SqliteEdges(SqliteStore):
    """Relationships in columns."""

    def put_edges(self, kind: EdgeKind, sources: Array, targets: Array, columns: Columns) -> None:
        """See `Graph.put_edges`."""
        check_lengths(kind.type, len(sources), {"of targets": targets, **columns})
        with self._write() as connection:
            source_handles = _handles(connection, kind, kind.source, sources)
            target_handles = _handles(connection, kind, kind.target, targets)
            rows = winning_rows(kind, source_handles, target_handles, columns)
            ends = [source_handles[rows].tolist(), target_handles[rows].tolist()]
            values = [to_values(column[rows], kind.property(name).type) for name, column in columns.items()]
            put_rows(connection, partial(sql.upsert_edge, kind, list(columns)), ends + values)

    def read_edges(
        self, kind: EdgeKind, sources: NodeTable, targets: NodeTable, properties: Sequence[str] = ()
    ) -> Iterator[EdgeBatch]:
        """See `Graph.read_edges`."""
        statement = sql.select_edges(kind, properties)
        dtypes: list[tuple[str, type]] = [("source", np.int64), ("target", np.int64)]
        dtypes += [(name, COLUMN_DTYPES[kind.property(name).type]) for name in properties]

        def read(start: int, end: int) -> tuple[Rows, Rows, Columns]:
            bounds = int(sources.handles[start]), int(sources.handles[end - 1])
            with self._connections.read() as connection:
                found = np.fromiter(connection.execute(statement, bounds), dtypes)
            source_rows = sources.rows_of_handles(found["source"])
            target_rows = targets.rows_of_handles(found["target"])
            known = (source_rows >= 0) & (target_rows >= 0)
            return source_rows[known], target_rows[known], {name: found[name][known] for name in properties}

        return read_by_ranges(sources, read)

    def count_edges_by_target(self, kind: EdgeKind, targets: NodeTable) -> npt.NDArray[np.int64]:
        """See `Graph.count_edges_by_target`."""
        # By source, as they lie: by target SQLite would sort all of them first, which takes three times as long.
        statement = f"SELECT group_concat(target) FROM {sql.quote(kind.type)} GROUP BY source"  # noqa: S608 - a name of the schema
        counts = np.zeros(targets.handles.max(initial=0) + 1, np.int64)
        with self._connections.read() as connection:
            lists = connection.execute(statement)
            while some := lists.fetchmany(_SOURCES_AT_ONCE):
                handles = np.fromstring(",".join(text for (text,) in some), np.int64, sep=",")
                counts += np.bincount(handles[handles < len(counts)], minlength=len(counts))
        return counts[targets.handles]

    def count_edges_by_time(
        self, kind: EdgeKind, targets: NodeTable, time: str, *, since: int, step: int, steps: int
    ) -> npt.NDArray[np.int64]:
        """See `Graph.count_edges_by_time`."""
        at = sql.quote(time)
        statement = (
            f"SELECT target, ({at} - ?) / ? AS step, count(*) FROM {sql.quote(kind.type)} "  # noqa: S608 - names of the schema
            f"WHERE {at} >= ? AND {at} < ? GROUP BY target, step"
        )
        dtypes: list[tuple[str, type]] = [("target", np.int64), ("step", np.int64), ("count", np.int64)]
        with self._connections.read() as connection:
            rows = connection.execute(statement, (since, step, since, since + step * steps))
            found = np.fromiter(rows, dtypes)
        rows_of = targets.rows_of_handles(found["target"])
        known = rows_of >= 0
        counts = np.zeros((len(targets), steps), np.int64)
        counts[rows_of[known], found["step"][known]] = found["count"][known]
        return counts

    def find_sources(self, kind: EdgeKind, sources: Sequence[str], target: str) -> Mapping[str, bool]:
        """See `Graph.find_sources`."""
        key, table = sql.quote(kind.source.key), sql.quote(kind.source.label)
        statement = (
            f"SELECT {key}, EXISTS (SELECT 1 FROM {sql.quote(kind.type)} e WHERE e.source = s.handle AND e.target = ?) "  # noqa: S608 - names of the schema
            f"FROM {table} s WHERE {key} IN (SELECT value FROM json_each(?))"
        )
        with self._connections.read() as connection:
            handle = handles_of(connection, kind.target, [target]).get(target)
            found = connection.execute(statement, (handle, json.dumps(list(sources), ensure_ascii=False)))
            return {source: bool(is_related) for source, is_related in found}

    def edges_of_kinds(
        self, wanted: Sequence[tuple[EdgeKind, Sequence[str]]], source: str
    ) -> list[tuple[Array, Columns]] | None:
        """See `Graph.edges_of_kinds`."""
        with self._connections.read() as connection:
            handle = handles_of(connection, wanted[0][0].source, [source]).get(source)
            if handle is None:
                return None
            found = [connection.execute(sql.edges_from(*one), (handle,)).fetchall() for one in wanted]
        return [_columns(kind, properties, rows) for (kind, properties), rows in zip(wanted, found, strict=True)]

    def edges_to(self, kind: EdgeKind, target: str, properties: Sequence[str] = ()) -> tuple[Array, Columns] | None:
        """See `Graph.edges_to`."""
        types = [kind.property(name).type for name in properties]
        names = ", ".join([f"s.{sql.quote(kind.source.key)}", *(f"e.{sql.quote(name)}" for name in properties)])
        statement = (
            f"SELECT {names} FROM {sql.quote(kind.type)} e JOIN {sql.quote(kind.source.label)} s "  # noqa: S608 - names of the schema
            "ON s.handle = e.source WHERE e.target = ? ORDER BY e.source"
        )
        with self._connections.read() as connection:
            handle = handles_of(connection, kind.target, [target]).get(target)
            if handle is None:
                return None
            rows = connection.execute(statement, (handle,)).fetchall()
        keys, *values = zip(*rows, strict=True) if rows else ((), *((),) * len(properties))
        return objects(keys), {
            name: from_values(column, type_) for name, type_, column in zip(properties, types, values, strict=True)
        }

    def delete_edges(self, kind: EdgeKind, sources: Array, targets: Array) -> int:
        """See `Graph.delete_edges`."""
        check_lengths(kind.type, len(sources), {"of targets": targets})
        statement = f"DELETE FROM {sql.quote(kind.type)} WHERE source = ? AND target = ?"  # noqa: S608 - a name of the schema
        with self._write() as connection:
            source_of = handles_of(connection, kind.source, sources.tolist())
            target_of = handles_of(connection, kind.target, targets.tolist())
            pairs = zip(map(source_of.get, sources.tolist()), map(target_of.get, targets.tolist()), strict=True)
            return connection.executemany(statement, pairs).rowcount  # of a pair with None there is none

    def delete_edges_of(self, kind: EdgeKind, end: End, keys: Sequence[str]) -> int:
        """See `Graph.delete_edges_of`."""
        side = kind.source if end == "source" else kind.target
        statement = f"DELETE FROM {sql.quote(kind.type)} WHERE {end} IN (SELECT value FROM json_each(?))"  # noqa: S608 - names of the schema
        with self._write() as connection:
            handles = handles_of(connection, side, keys)
            return connection.execute(statement, (json.dumps(list(handles.values())),)).rowcount

    def put_generation(self, kind: EdgeKind, generation: str, sources: Array, targets: Array, columns: Columns) -> None:
        """See `Graph.put_generation`."""
        check_lengths(kind.type, len(sources), {"of targets": targets, **columns})
        with self._write() as connection:
            source_of = handles_of(connection, kind.source, sources.tolist())
            target_of = handles_of(connection, kind.target, targets.tolist())
            rows, pairs = known_pairs(source_of, target_of, sources, targets)
            statement = sql.delete_edges_of_sources(kind, sql.equals(kind.key))
            connection.execute(statement, (json.dumps(list(source_of.values())), generation))
            values = [to_values(column[rows], kind.property(name).type) for name, column in columns.items()]
            all_values = [*pairs, *values, [generation] * len(rows)]
            put_rows(connection, partial(sql.insert_edges, kind, [*columns, *kind.key]), all_values)

    def delete_generations(self, kind: EdgeKind, sources: Sequence[str], *, but: str | None) -> int:
        """See `Graph.delete_generations`."""
        statement = sql.delete_edges_of_sources(kind, f"NOT ({sql.equals(kind.key)})")
        with self._write() as connection:
            handles = handles_of(connection, kind.source, sources)
            return connection.execute(statement, (json.dumps(list(handles.values())), but)).rowcount


def _columns(kind: EdgeKind, properties: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> tuple[Array, Columns]:
    """Rows of a target's key and properties as columns."""
    keys, *values = zip(*rows, strict=True) if rows else ((), *((),) * len(properties))
    columns = {
        name: from_values(column, kind.property(name).type) for name, column in zip(properties, values, strict=True)
    }
    return objects(keys), columns


def _handles(connection: sqlite3.Connection, kind: EdgeKind, side: NodeKind, keys: Array) -> Rows:
    """The handle of each row's key; raises where one has none."""
    distinct, places = codes(keys)
    handle_of = handles_of(connection, side, distinct.tolist())
    if len(handle_of) < len(distinct):
        raise UnknownEndpointsError(kind, side, sorted(set(distinct) - handle_of.keys()))
    return np.array([handle_of[key] for key in distinct], np.int64)[places]
