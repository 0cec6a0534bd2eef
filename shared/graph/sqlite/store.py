"""What all parts of the SQLite adapter stand on: the file, the schema in it, and handles looked up by key."""

import contextlib
import copy
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Self, TypeVar

from shared.graph.migrations import migrate
from shared.graph.port import Fence, Graph, GraphCheck
from shared.graph.sqlite import statements as sql
from shared.graph.sqlite.check import check, columns_of, stored_version, tables
from shared.graph.sqlite.connections import Connections, Joined
from shared.graph.state import STATE_KEY, refuse_newer
from shared.schema import EDGE_KINDS, GRAPH_STATE, NODE_KINDS, NodeKind

T = TypeVar("T")


class SqliteStore(Graph):
    """The file, its schema, its clock and its revision."""

    def __init__(self, path: Path, *, timeout_seconds: float) -> None:
        self._connections = Connections(path, timeout_seconds=timeout_seconds)
        self._timeout_seconds = timeout_seconds
        self._fence: Fence | None = None

    def prepare(self) -> None:
        """See `Graph.prepare`. Columns that a later schema has added are added to tables that are there."""
        with self._connections.write() as connection:
            refuse_newer(stored_version(connection))
            for table, columns, create in tables():
                connection.execute(create)
                there = columns_of(connection, table)
                for name, type_ in columns.items():
                    if name not in there:
                        connection.execute(f"ALTER TABLE {sql.quote(table)} ADD COLUMN {sql.quote(name)} {type_}")
            for kind in NODE_KINDS:
                connection.execute(sql.create_key_index(kind))
            for edge in EDGE_KINDS:
                if edge.is_indexed_by_target:
                    connection.execute(sql.create_target_index(edge))
            connection.execute(sql.upsert_node(GRAPH_STATE, ()), (STATE_KEY,))
        migrate(self, patience_seconds=self._timeout_seconds)

    def check(self) -> GraphCheck:
        """See `Graph.check`; also looks for relationships whose ends do not exist."""
        with self._connections.read() as connection:
            return check(connection)

    def scrub(self) -> None:
        """See `Graph.scrub`. Deleted nodes are written over; what is left is an older copy of a page, in the log."""
        self._connections.empty_log()

    def close(self) -> None:
        """See `Graph.close`."""
        self._connections.close()

    def fenced(self, fence: Fence) -> Self:
        """See `Graph.fenced`."""
        twin = copy.copy(self)
        twin._fence = fence  # noqa: SLF001 - of the same class
        return twin

    def atomically(self, work: Callable[[Self], T]) -> T:
        """See `Graph.atomically`."""
        with self._write() as connection:
            twin = copy.copy(self)
            twin._connections = Joined(connection)  # noqa: SLF001 - of the same class
            return work(twin)

    def now(self) -> int:
        """See `Graph.now`: all who share the file share the machine, and so its clock."""
        return time.time_ns() // 1_000_000

    def bump_revision(self) -> int:
        """See `Graph.bump_revision`."""
        statement = (
            "INSERT INTO GraphState (name, revision) VALUES (?, 1) "
            "ON CONFLICT (name) DO UPDATE SET revision = coalesce(revision, 0) + 1 RETURNING revision"
        )
        with self._write() as connection:
            return int(connection.execute(statement, (STATE_KEY,)).fetchone()[0])

    def read_revision(self) -> int:
        """See `Graph.read_revision`."""
        with self._connections.read() as connection:
            row = connection.execute("SELECT revision FROM GraphState WHERE name = ?", (STATE_KEY,)).fetchone()
        return int(row[0] or 0) if row else 0

    @contextlib.contextmanager
    def _write(self, *, is_durable: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction that writes, if the fence holds: no other can write before it ends."""
        with self._connections.write(is_durable=is_durable) as connection:
            if self._fence is not None and not _holds(connection, self._fence):
                raise self._fence.lost()
            yield connection


def _holds(connection: sqlite3.Connection, fence: Fence) -> bool:
    condition = {fence.kind.key: fence.key, **fence.expected}
    return connection.execute(sql.exists(fence.kind, condition), list(condition.values())).fetchone() is not None


def handles_of(connection: sqlite3.Connection, kind: NodeKind, keys: Iterable[str]) -> dict[str, int]:
    """The handles of those of `keys` that exist."""
    wanted = set(keys)
    found = connection.execute(sql.select_handles(kind), (json.dumps(list(wanted), ensure_ascii=False),))
    # SQLite ends a text at a NUL, so that a key with one would find another node.
    return {key: handle for key, handle in found if key in wanted}
