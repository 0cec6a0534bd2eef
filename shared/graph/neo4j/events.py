"""Events of the Neo4j adapter: taken in one transaction, and followed."""

import json
from collections.abc import Sequence
from typing import Any, Final

import neo4j

from shared.events import KIND_OF, Change, Changes, EventRequest, Outcome
from shared.graph import appending
from shared.graph.appending import (
    CHANGES_KEPT,
    NEW,
    EventTransaction,
    Pair,
    Put,
    Receipt,
    State,
    Stored,
    Writes,
    append,
    change_id,
)
from shared.graph.neo4j import statements as cypher
from shared.graph.neo4j.store import Neo4jStore
from shared.graph.neo4j.writing import VanishedError
from shared.graph.state import STATE_KEY
from shared.schema import CHANGE, GRAPH_STATE, MOVIE, RECEIPT, USER, EdgeKind, NodeKind

# One text each, whatever the events are: a server takes longer to plan a statement than to run it for a few events.
_READ_PAIRS: Final = cypher.read_pairs(list(KIND_OF.values()))
_CREATE_PAIRS: Final = cypher.create_pairs(list(KIND_OF.values()))
_NOTHING: Final[dict[str, list[int]]] = {"sources": [], "targets": [], "values": []}


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

    def stored(self, wanted: Sequence[tuple[EdgeKind, Sequence[Pair]]]) -> list[dict[Pair, Stored]]:
        targets: dict[int, list[int]] = {}
        for source, target in dict.fromkeys(pair for _, of_kind in wanted for pair in of_kind):
            targets.setdefault(source, []).append(target)
        row = self._run(_READ_PAIRS, sources=[*targets], targets=[*targets.values()])
        found: dict[str, dict[Pair, Stored]] = {kind.type: {} for kind in KIND_OF.values()}
        columns = (row[name] for name in ("sources", "targets", "types", "times", "handles"))
        for source, target, type_, time, handle in zip(*columns, strict=True):
            found[type_][source, target] = Stored(time, handle)
        return [found[kind.type] for kind, _ in wanted]

    def write(self, writes: Sequence[Writes]) -> None:
        if gone := [delete.handle for each in writes for delete in each.deletes]:
            self._tx.run(cypher.DELETE_BY_HANDLES, handles=gone).consume()
        if there := [
            (put.handle, _values(each.kind, put)) for each in writes for put in each.puts if put.handle != NEW
        ]:
            handles, values = ([row[place] for row in there] for place in (0, 1))
            self._require(cypher.UPDATE_BY_HANDLES, len(there), handles=handles, values=values)
        new = {each.kind.type: (each.kind, [put for put in each.puts if put.handle == NEW]) for each in writes}
        if count := sum(len(puts) for _, puts in new.values()):
            created: dict[str, object] = dict.fromkeys((kind.type for kind in KIND_OF.values()), _NOTHING)
            for type_, (kind, puts) in new.items():
                created[type_] = _ends([put.pair for put in puts]) | {"values": [_values(kind, put) for put in puts]}
            self._require(_CREATE_PAIRS, count, **created)

    def _require(self, statement: str, rows: int, **parameters: object) -> None:
        """Run a statement that says how many rows it has written.

        Raises:
            VanishedError: they are fewer, because a node is not there any more.
        """
        if self._run(statement, **parameters)["rows"] != rows:
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


def _values(kind: EdgeKind, put: Put) -> dict[str, float]:
    values: dict[str, float] = {str(kind.latest_by): put.time}
    if put.rating is not None:
        values["rating"] = put.rating
    return values


def _ends(pairs: Sequence[Pair]) -> dict[str, list[Any]]:
    return {"sources": [source for source, _ in pairs], "targets": [target for _, target in pairs]}
