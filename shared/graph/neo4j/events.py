"""Events of the Neo4j adapter: taken in one transaction, and followed."""

import json
from collections.abc import Sequence
from typing import Any

import neo4j

from shared.events import Change, Changes, EventRequest, Outcome
from shared.graph import appending
from shared.graph.appending import (
    CHANGES_KEPT,
    NEW,
    Delete,
    EventTransaction,
    Pair,
    Put,
    Receipt,
    State,
    Stored,
    append,
    change_id,
)
from shared.graph.neo4j import statements as cypher
from shared.graph.neo4j.store import Neo4jStore
from shared.graph.neo4j.writing import VanishedError
from shared.graph.state import STATE_KEY
from shared.schema import CHANGE, GRAPH_STATE, MOVIE, RATED, RECEIPT, USER, EdgeKind, NodeKind


class Neo4jEvents(Neo4jStore):
    """Events, and who follows them."""

    def append_events(self, requests: Sequence[EventRequest]) -> list[Outcome]:
        """See `Graph.append_events`."""
        while True:
            try:
                return self._write(lambda tx: append(_Transaction(tx), requests))
            except VanishedError:  # a movie was deleted meanwhile: nothing was written, and now it is unknown
                continue

    def announce(self, user_ids: Sequence[str]) -> int:
        """See `Graph.announce`."""

        def work(tx: neo4j.ManagedTransaction) -> int:
            transaction = _Transaction(tx)
            return appending.announce(transaction, transaction.lock(), user_ids)

        return self._write(work)

    def read_changes(self, after: int | None) -> Changes:
        """See `Graph.read_changes`."""
        parameters = {"key": STATE_KEY, "after": None if after is None else change_id(after)}
        row = self._read(cypher.read_changes(), **parameters)[0]
        sequence: int = row["sequence"]
        found = zip(map(int, row["keys"]), row["users"], strict=True)
        # What is committed between the two parts of the statement comes with the next read.
        changes = [Change(number, tuple(json.loads(users))) for number, users in found if number <= sequence]
        is_complete = after is not None and len(changes) == sequence - after
        return Changes(sequence, tuple(changes) if is_complete else None)

    def delete_before(self, kind: NodeKind, time_property: str, time: int, limit: int) -> int:
        """See `Graph.delete_before`."""
        name = kind.property(time_property).name
        statement = f"MATCH (n:{kind.label}) WHERE n.{name} < $time WITH n LIMIT $limit DELETE n"
        return self._change(statement, time=time, limit=limit).nodes_deleted


class _Transaction(EventTransaction):
    """One that holds the state's lock to its end."""

    def __init__(self, tx: neo4j.ManagedTransaction) -> None:
        self._tx = tx

    def _run(self, statement: str, **parameters: object) -> neo4j.Record:
        return self._tx.run(statement, parameters).single(strict=True)

    def lock(self) -> State:
        self._tx.run(f"MERGE (n:{GRAPH_STATE.label} {{name: $key}})", key=STATE_KEY).consume()
        row = self._run(cypher.lock_state(), key=STATE_KEY)
        return State(row["sequence"], row["count"], row["now"])

    def receipts(self, keys: Sequence[str]) -> dict[str, Receipt]:
        statement = (
            f"UNWIND $keys AS key MATCH (r:{RECEIPT.label} {{{RECEIPT.key}: key}}) "
            "RETURN key, r.digest AS digest, r.eventSeq AS sequence"
        )
        return {row["key"]: Receipt(row["digest"], row["sequence"]) for row in self._tx.run(statement, keys=list(keys))}

    def movies(self, ids: Sequence[str]) -> dict[str, int]:
        handles = self._run(cypher.handles_of_keys(MOVIE), keys=list(ids))["handles"]
        return {key: handle for key, handle in zip(ids, handles, strict=True) if handle >= 0}

    def users(self, ids: Sequence[str]) -> dict[str, int]:
        handles = self._run(cypher.make_and_lock(USER), keys=list(ids))["handles"]
        return dict(zip(ids, handles, strict=True))

    def stored(self, kind: EdgeKind, pairs: Sequence[Pair]) -> dict[Pair, Stored]:
        row = self._run(cypher.read_pairs(kind), **_ends(pairs))
        times_and_handles = zip(row["places"], row["times"], row["handles"], strict=True)
        return {pairs[place]: Stored(time, handle) for place, time, handle in times_and_handles}

    def write(self, kind: EdgeKind, puts: Sequence[Put], deletes: Sequence[Delete]) -> None:
        if deletes:
            handles = [delete.handle for delete in deletes]
            self._tx.run(f"MATCH ()-[r:{kind.type}]->() WHERE id(r) IN $handles DELETE r", handles=handles).consume()
        properties = [str(kind.latest_by), *(["rating"] if kind is RATED else [])]
        for is_new in (True, False):
            some = [put for put in puts if (put.handle == NEW) is is_new]
            if not some:
                continue
            statement = cypher.create_pairs(kind, properties) if is_new else cypher.update_edges(kind, properties)
            columns: dict[str, list[Any]] = {cypher.parameter(str(kind.latest_by)): [put.time for put in some]}
            if kind is RATED:
                columns[cypher.parameter("rating")] = [put.rating for put in some]
            more = _ends([put.pair for put in some]) if is_new else {"handles": [put.handle for put in some]}
            if self._run(statement, **columns, **more)["rows"] != len(some):
                raise VanishedError

    def keep(self, receipts: Sequence[tuple[str, Receipt]], now: int) -> None:
        rows = [
            {"receiptId": key, "digest": receipt.digest, "eventSeq": receipt.sequence, "at": now}
            for key, receipt in receipts
        ]
        self._tx.run(f"UNWIND $rows AS row CREATE (r:{RECEIPT.label}) SET r = row", rows=rows).consume()

    def announce(self, state: State, users: str) -> None:
        statement = (
            f"MATCH (n:{GRAPH_STATE.label} {{name: $key}}) SET n.eventSeq = $sequence, n.eventCount = $count "
            f"CREATE (:{CHANGE.label} {{changeId: $change, at: $now, users: $users}}) "
            f"WITH n OPTIONAL MATCH (old:{CHANGE.label}) WHERE old.changeId <= $last DELETE old"
        )
        self._tx.run(
            statement,
            key=STATE_KEY,
            sequence=state.sequence,
            count=state.taken,
            change=change_id(state.sequence),
            now=state.now,
            users=users,
            last=change_id(max(0, state.sequence - CHANGES_KEPT)),
        ).consume()


def _ends(pairs: Sequence[Pair]) -> dict[str, list[int]]:
    return {"sources": [source for source, _ in pairs], "targets": [target for _, target in pairs]}
