"""Relationships of the Neo4j adapter: written and read in columns, and pointers, which are relationships that move."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import neo4j
import numpy as np
import numpy.typing as npt

from shared.graph.columns import check_keys, check_lengths, codes, from_values, objects, to_values, winning_rows
from shared.graph.neo4j import statements as cypher
from shared.graph.neo4j.store import ROWS_A_TRANSACTION, Neo4jStore
from shared.graph.port import Array, Columns, EdgeBatch, NodeTable, UnknownEndpointsError
from shared.graph.ranges import source_ranges
from shared.ids import Rows
from shared.schema import EdgeKind, NodeKind

_PAGE: Final = 10_000


class _Conflict(Exception):  # noqa: N818 - rolls a transaction back, and is caught where it was begun
    """The pointer points elsewhere than was expected."""


class Neo4jEdges(Neo4jStore):
    """Relationships in columns."""

    def put_edges(self, kind: EdgeKind, sources: Array, targets: Array, columns: Columns) -> None:
        """See `Graph.put_edges`. Many relationships are written in several transactions."""
        check_lengths(kind.type, len(sources), {"of targets": targets, **columns})
        values = {name: objects(to_values(column, kind.property(name).type)) for name, column in columns.items()}
        source_keys, source_codes = codes(sources)
        target_keys, target_codes = codes(targets)
        self._refuse_unknown(kind, kind.source, source_keys)
        self._refuse_unknown(kind, kind.target, target_keys)
        rows = winning_rows(kind, source_codes, target_codes, columns)
        statement = cypher.upsert_edges(kind, list(columns))
        for start in range(0, len(rows), ROWS_A_TRANSACTION):
            part = rows[start : start + ROWS_A_TRANSACTION]
            parameters = _grouped(source_keys, source_codes[part], target_keys, target_codes[part])
            parameters |= {cypher.parameter(name): column[part].tolist() for name, column in values.items()}
            if self._run(statement, **parameters)[0]["rows"] != len(part):
                # A node was deleted since they were looked at; what was written up to here stays.
                self._refuse_unknown(kind, kind.source, source_keys)
                self._refuse_unknown(kind, kind.target, target_keys)

    def _refuse_unknown(self, kind: EdgeKind, side: NodeKind, keys: list[str]) -> None:
        if not keys:
            return
        missing = self._read(cypher.missing_keys(side), keys=keys)[0]["missing"]
        if missing:
            raise UnknownEndpointsError(kind, side, sorted(missing))

    def read_edges(
        self, kind: EdgeKind, sources: NodeTable, targets: NodeTable, properties: Sequence[str] = ()
    ) -> Iterator[EdgeBatch]:
        """See `Graph.read_edges`."""
        ranges = source_ranges(sources)
        found = None
        while True:
            try:
                start, end = next(ranges) if found is None else ranges.send(found)
            except StopIteration:
                return
            from_row, to_row, columns = self._read_range(kind, sources.keys[start:end], targets, properties)
            found = len(from_row)
            yield EdgeBatch(start + from_row, to_row, columns, end / len(sources))

    def _read_range(
        self, kind: EdgeKind, sources: Array, targets: NodeTable, properties: Sequence[str]
    ) -> tuple[Rows, Rows, Columns]:
        """The relationships of the nodes whose keys are `sources`: places in it, rows of `targets`, columns."""
        statement = cypher.read_edges(kind, properties)

        def work(tx: neo4j.ManagedTransaction) -> tuple[neo4j.Record, Rows]:
            record = tx.run(statement, sources=sources.tolist()).single(strict=True)
            rows = targets.rows_of_handles(np.array(record["targets"], np.int64))
            return record, _without_reused(tx, targets, rows)

        record, to_row = self._connection.read(work)
        from_row = np.array(record["places"], np.int64)
        order = np.lexsort((to_row, from_row))
        order = order[to_row[order] >= 0]
        columns = {
            name: from_values(record[cypher.parameter(name)], kind.property(name).type)[order] for name in properties
        }
        return from_row[order], to_row[order], columns

    def count_edges_by_target(self, kind: EdgeKind, targets: NodeTable) -> npt.NDArray[np.int64]:
        """See `Graph.count_edges_by_target`."""
        statement = (
            f"MATCH (t:{kind.target.label}) WITH t, COUNT {{ (t)<-[:{kind.type}]-() }} AS count "
            f"WITH id(t) / {_PAGE} AS number, collect(t.{kind.target.key}) AS keys, collect(count) AS counts "
            "RETURN keys, counts"
        )
        count_of: dict[str, int] = {}
        for page in self._read(statement):
            count_of.update(zip(page["keys"], page["counts"], strict=True))
        return np.fromiter((count_of.get(key, 0) for key in targets.keys.tolist()), np.int64, len(targets))

    def edges_from(self, kind: EdgeKind, source: str, properties: Sequence[str] = ()) -> tuple[Array, Columns] | None:
        """See `Graph.edges_from`."""
        found = self._read(cypher.edges_from(kind, properties), key=source)
        if not found:
            return None
        columns = {name: from_values(found[0][cypher.parameter(name)], kind.property(name).type) for name in properties}
        return objects(found[0]["targets"]), columns

    def delete_edges(self, kind: EdgeKind, sources: Array, targets: Array) -> int:
        """See `Graph.delete_edges`. Many relationships are deleted in several transactions."""
        check_lengths(kind.type, len(sources), {"of targets": targets})
        statement = (
            "UNWIND range(0, size($sources) - 1) AS i "
            f"MATCH (:{kind.source.label} {{{kind.source.key}: $sources[i]}})-[r:{kind.type}]->"
            f"(:{kind.target.label} {{{kind.target.key}: $targets[i]}}) DELETE r"
        )
        parts = (slice(start, start + ROWS_A_TRANSACTION) for start in range(0, len(sources), ROWS_A_TRANSACTION))
        return sum(
            self._change(
                statement, sources=sources[part].tolist(), targets=targets[part].tolist()
            ).relationships_deleted
            for part in parts
        )

    def read_pointer(self, kind: EdgeKind, source: str) -> str | None:
        """See `Graph.read_pointer`."""
        source_node = f"(:{kind.source.label} {{{kind.source.key}: $key}})"
        found = self._read(f"MATCH {source_node}-[:{kind.type}]->(t) RETURN t.{kind.target.key} AS target", key=source)
        return found[0]["target"] if found else None

    def move_pointer(self, kind: EdgeKind, source: str, *, expected: str | None, target: str) -> bool:
        """See `Graph.move_pointer`."""
        check_keys(kind.source, [source])
        made = f"MERGE (n:{kind.source.label} {{{kind.source.key}: $key}})"
        current = (
            f"{cypher.locked(kind.source)} OPTIONAL MATCH (n)-[:{kind.type}]->(t) RETURN t.{kind.target.key} AS target"
        )
        moved = (
            f"MATCH (n:{kind.source.label} {{{kind.source.key}: $key}}), "
            f"(t:{kind.target.label} {{{kind.target.key}: $target}}) "
            f"OPTIONAL MATCH (n)-[old:{kind.type}]->() DELETE old CREATE (n)-[:{kind.type}]->(t)"
        )

        def work(tx: neo4j.ManagedTransaction) -> None:
            if tx.run(cypher.missing_keys(kind.target), keys=[target]).single(strict=True)["missing"]:
                raise UnknownEndpointsError(kind, kind.target, [target])
            tx.run(made, key=source).consume()
            if tx.run(current, key=source).single(strict=True)["target"] != expected:
                raise _Conflict
            tx.run(moved, key=source, target=target).consume()

        try:
            self._connection.write(work)
        except _Conflict:
            return False
        return True


def _grouped(
    source_keys: list[str], source_codes: Rows, target_keys: list[str], target_codes: Rows
) -> dict[str, list[Any]]:
    """Rows ordered by source as `statements.upsert_edges` takes them."""
    starts = np.flatnonzero(np.concatenate(([True], source_codes[1:] != source_codes[:-1])))
    used, place = np.unique(target_codes, return_inverse=True)
    return {
        "sources": [source_keys[code] for code in source_codes[starts].tolist()],
        "starts": [*starts.tolist(), len(source_codes)],
        "targets": [target_keys[code] for code in used.tolist()],
        "target_of": place.tolist(),
    }


def _without_reused(tx: neo4j.ManagedTransaction, targets: NodeTable, rows: Rows) -> Rows:
    """`rows` with -1 for those whose internal id belongs to another node by now.

    Neo4j gives the internal id of a deleted node to a later one, but not while a transaction that saw it is open.
    """
    used = np.unique(rows[rows >= 0])
    if not len(used):
        return rows
    statement = cypher.keys_of_handles(targets.kind)
    keys = objects(tx.run(statement, handles=targets.handles[used].tolist()).single(strict=True)["keys"])
    is_same = np.zeros(len(targets) + 1, np.bool_)  # the last place is for -1
    is_same[used] = keys == targets.keys[used]
    return np.where(is_same[rows], rows, -1)
