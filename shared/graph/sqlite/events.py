"""Events of the SQLite adapter: taken in one transaction that is on the disk when it ends, and followed."""

import json
import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from shared.events import Change, Changes, EventRequest, Outcome
from shared.graph import appending
from shared.graph.appending import (
    CHANGES_KEPT,
    EventTransaction,
    Pair,
    Receipt,
    State,
    Stored,
    Writes,
    append,
    change_id,
)
from shared.graph.sqlite import statements as sql
from shared.graph.sqlite.rows import put_rows
from shared.graph.sqlite.store import SqliteStore, handles_of
from shared.graph.state import STATE_KEY
from shared.schema import GRAPH_STATE, MOVIE, RATED, USER, EdgeKind, NodeKind

_READ_STATE: Final = "SELECT coalesce(eventSeq, 0), coalesce(eventCount, 0) FROM GraphState WHERE name = ?"


class SqliteEvents(SqliteStore):
    """Events, and who follows them."""

    def append_events(self, requests: Sequence[EventRequest]) -> list[Outcome]:
        """See `Graph.append_events`."""
        with self._write(is_durable=True) as connection:
            return append(_Transaction(connection, self.now()), requests)

    def announce(self, user_ids: Sequence[str]) -> int:
        """See `Graph.announce`."""
        with self._write() as connection:
            transaction = _Transaction(connection, self.now())
            return appending.announce(transaction, transaction.lock(), user_ids)

    def read_changes(self, after: int | None) -> Changes:
        """See `Graph.read_changes`."""
        with self._connections.read() as connection:
            state = connection.execute(_READ_STATE, (STATE_KEY,)).fetchone()
            sequence: int = state[0] if state else 0
            if after is None or after > sequence:
                return Changes(sequence, None)
            statement = "SELECT changeId, users FROM Change WHERE changeId > ? ORDER BY changeId"
            rows = connection.execute(statement, (change_id(after),)).fetchall() if after < sequence else []
        if len(rows) < sequence - after:
            return Changes(sequence, None)
        return Changes(sequence, tuple(Change(int(key), tuple(json.loads(users))) for key, users in rows))

    def delete_before(self, kind: NodeKind, time_property: str, time: int, limit: int) -> int:
        """See `Graph.delete_before`."""
        label = sql.quote(kind.label)
        statement = (
            f"DELETE FROM {label} WHERE handle IN "  # noqa: S608 - names of the schema
            f"(SELECT handle FROM {label} WHERE {sql.quote(kind.property(time_property).name)} < ? LIMIT ?)"
        )
        with self._write() as connection:
            return connection.execute(statement, (time, limit)).rowcount


class _Transaction(EventTransaction):
    """One that is alone from its start."""

    def __init__(self, connection: sqlite3.Connection, now: int) -> None:
        self._connection, self._now = connection, now

    def lock(self) -> State:
        self._connection.execute(sql.upsert_node(GRAPH_STATE, ()), (STATE_KEY,))
        sequence, taken = self._connection.execute(_READ_STATE, (STATE_KEY,)).fetchone()
        return State(sequence, taken, self._now)

    def receipts(self, keys: Sequence[str]) -> dict[str, Receipt]:
        statement = (
            "SELECT receiptId, digest, eventSeq FROM Receipt WHERE receiptId IN (SELECT value FROM json_each(?))"
        )
        found = self._connection.execute(statement, (json.dumps(keys),))
        return {key: Receipt(digest, sequence) for key, digest, sequence in found}

    def movies(self, ids: Sequence[str]) -> dict[str, int]:
        return handles_of(self._connection, MOVIE, ids)

    def users(self, ids: Sequence[str]) -> dict[str, int]:
        put_rows(self._connection, partial(sql.upsert_node, USER, ()), [list(ids)])
        return handles_of(self._connection, USER, ids)

    def stored(self, wanted: Sequence[tuple[EdgeKind, Sequence[Pair]]]) -> list[dict[Pair, Stored]]:
        found = (self._connection.execute(sql.select_pairs(kind), (json.dumps(pairs),)) for kind, pairs in wanted)
        return [{(source, target): Stored(time) for source, target, time in rows} for rows in found]

    def write(self, writes: Sequence[Writes]) -> None:
        for kind, puts, deletes in writes:
            if deletes:
                statement = f"DELETE FROM {sql.quote(kind.type)} WHERE source = ? AND target = ?"  # noqa: S608 - a name of the schema
                self._connection.executemany(statement, [delete.pair for delete in deletes])
            if puts:
                columns: list[list[Any]] = [[put.pair[0] for put in puts], [put.pair[1] for put in puts]]
                columns.append([put.time for put in puts])
                names = [str(kind.latest_by)]
                if kind is RATED:
                    columns.append([put.rating for put in puts])
                    names.append("rating")
                put_rows(self._connection, partial(sql.upsert_edge, kind, names), columns)

    def keep(self, receipts: Sequence[tuple[str, Receipt]], now: int) -> None:
        rows = [(key, receipt.digest, receipt.sequence, now) for key, receipt in receipts]
        statement = "INSERT INTO Receipt (receiptId, digest, eventSeq, at) VALUES (?, ?, ?, ?)"
        self._connection.executemany(statement, rows)

    def announce(self, state: State, users: str) -> None:
        execute = self._connection.execute
        new_state = (state.sequence, state.taken, STATE_KEY)
        execute("UPDATE GraphState SET eventSeq = ?, eventCount = ? WHERE name = ?", new_state)
        change = (change_id(state.sequence), state.now, users)
        execute("INSERT INTO Change (changeId, at, users) VALUES (?, ?, ?)", change)
        execute("DELETE FROM Change WHERE changeId <= ?", (change_id(max(0, state.sequence - CHANGES_KEPT)),))
