"""Relationships of the Neo4j adapter: written and read in columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import neo4j
import numpy as np
import numpy.typing as npt

from shared.graph.columns import check_lengths, codes, from_values, objects, to_values, winning_rows
from shared.graph.neo4j import statements as cypher
from shared.graph.neo4j.store import ROWS_A_TRANSACTION, Neo4jStore
from shared.graph.neo4j.writing import Edges, Ends, VanishedError
from shared.graph.port import Array, Columns, EdgeBatch, End, NodeTable, UnknownEndpointsError
from shared.graph.ranges import read_by_ranges
from shared.ids import Rows
from shared.schema import EdgeKind, NodeKind

_PAGE: Final = 10_000
_ROWS_A_PART: Final = ROWS_A_TRANSACTION // 2  # for two are written at once


class Neo4jEdges(Neo4jStore):
    """Relationships in columns."""

    def put_edges(self, kind: EdgeKind, sources: Array, targets: Array, columns: Columns) -> None:
        """See `Graph.put_edges`. Many relationships are written in several transactions."""
        check_lengths(kind.type, len(sources), {"of targets": targets, **columns})
        source_keys, source_codes = codes(sources)
        target_keys, target_codes = codes(targets)
        rows = winning_rows(kind, source_codes, target_codes, columns)
        edges = Edges(
            kind,
            self._ends(kind, kind.source, source_keys, source_codes[rows]),
            self._ends(kind, kind.target, target_keys, target_codes[rows]),
            {name: column[rows] for name, column in columns.items()},
        )
        self._in_lanes(self._put_part, edges.parts(_ROWS_A_PART))

    def _put_part(self, part: Edges) -> None:
        """Write relationships in one transaction."""
        while True:
            try:
                return self._write_in_lane(part.write)
            except VanishedError:  # since the ends were looked up. What was written up to here stays
                sources = self._ends(part.kind, part.kind.source, part.sources.keys, part.sources.places)
                targets = self._ends(part.kind, part.kind.target, part.targets.keys, part.targets.places)
                part = replace(part, sources=sources, targets=targets)

    def _ends(self, kind: EdgeKind, side: NodeKind, keys: Array, places: Rows) -> Ends:
        """Look up the nodes at one end of relationships; raises where there is none."""
        handles = np.array(self._read(cypher.handles_of_keys(side), keys=keys.tolist())[0]["handles"], np.int64)
        if missing := keys[handles < 0].tolist():
            raise UnknownEndpointsError(kind, side, sorted(missing))
        return Ends(keys, handles, places)

    def read_edges(
        self, kind: EdgeKind, sources: NodeTable, targets: NodeTable, properties: Sequence[str] = ()
    ) -> Iterator[EdgeBatch]:
        """See `Graph.read_edges`."""
        statement = cypher.read_edges(kind, properties)

        def read(start: int, end: int) -> tuple[Rows, Rows, Columns]:
            keys = sources.keys[start:end].tolist()

            def work(tx: neo4j.ManagedTransaction) -> tuple[neo4j.Record, Rows]:
                record = tx.run(statement, sources=keys).single(strict=True)
                rows = targets.rows_of_handles(np.array(record["targets"], np.int64))
                return record, _without_reused(tx, targets, rows)

            record, target_rows = self._connection.read(work)
            source_rows = start + np.array(record["places"], np.int64)
            order = np.lexsort((target_rows, source_rows))
            order = order[target_rows[order] >= 0]
            columns = {
                name: from_values(record[cypher.parameter(name)], kind.property(name).type)[order]
                for name in properties
            }
            return source_rows[order], target_rows[order], columns

        return read_by_ranges(sources, read)

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

    def count_edges_by_time(
        self, kind: EdgeKind, targets: NodeTable, time: str, *, since: int, step: int, steps: int
    ) -> npt.NDArray[np.int64]:
        """See `Graph.count_edges_by_time`."""
        statement = (
            f"MATCH (:{kind.source.label})-[r:{kind.type}]->(t:{kind.target.label}) "
            f"WHERE r.{time} >= $since AND r.{time} < $until "
            f"WITH t, (r.{time} - $since) / $step AS step, count(*) AS count "
            f"WITH id(t) / {_PAGE} AS number, collect(t.{kind.target.key}) AS keys, collect(step) AS steps, "
            "collect(count) AS counts RETURN keys, steps, counts"
        )
        row_of = {key: row for row, key in enumerate(targets.keys.tolist())}
        found = np.zeros((len(targets), steps), np.int64)
        for page in self._read(statement, since=since, until=since + step * steps, step=step):
            for key, place, count in zip(page["keys"], page["steps"], page["counts"], strict=True):
                if key in row_of:
                    found[row_of[key], place] = count
        return found

    def find_sources(self, kind: EdgeKind, sources: Sequence[str], target: str) -> Mapping[str, bool]:
        """See `Graph.find_sources`."""
        statement = (
            f"UNWIND $sources AS key MATCH (s:{kind.source.label} {{{kind.source.key}: key}}) "
            f"RETURN collect(key) AS keys, collect(EXISTS {{ (s)-[:{kind.type}]->"
            f"(:{kind.target.label} {{{kind.target.key}: $target}}) }}) AS related"
        )
        found = self._read(statement, sources=list(sources), target=target)[0]
        return dict(zip(found["keys"], found["related"], strict=True))

    def edges_of_kinds(
        self, wanted: Sequence[tuple[EdgeKind, Sequence[str]]], source: str
    ) -> list[tuple[Array, Columns]] | None:
        """See `Graph.edges_of_kinds`."""
        found = self._read(cypher.edges_of_kinds(wanted), key=source)
        if not found:
            return None
        values = {name: objects(column) for name, column in found[0].data().items()}
        edges: list[tuple[Array, Columns]] = []
        for kind, properties in wanted:
            mine = values["types"] == kind.type
            columns = {
                name: from_values(values[cypher.parameter(name)][mine].tolist(), kind.property(name).type)
                for name in properties
            }
            edges.append((values["targets"][mine], columns))
        return edges

    def edges_to(self, kind: EdgeKind, target: str, properties: Sequence[str] = ()) -> tuple[Array, Columns] | None:
        """See `Graph.edges_to`."""
        found = self._read(cypher.edges_to(kind, properties), key=target)
        if not found:
            return None
        columns = {name: from_values(found[0][cypher.parameter(name)], kind.property(name).type) for name in properties}
        return objects(found[0]["sources"]), columns

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

    def delete_edges_of(self, kind: EdgeKind, end: End, keys: Sequence[str]) -> int:
        """See `Graph.delete_edges_of`. Many relationships are deleted in several transactions."""
        side = kind.source if end == "source" else kind.target
        arrow = f"-[r:{kind.type}]->" if end == "source" else f"<-[r:{kind.type}]-"
        return self._delete_matched(f"(:{side.label} {{{side.key}: key}}){arrow}()", keys)

    def put_generation(self, kind: EdgeKind, generation: str, sources: Array, targets: Array, columns: Columns) -> None:
        """See `Graph.put_generation`. Many relationships are written in several transactions, a source's in one."""
        check_lengths(kind.type, len(sources), {"of targets": targets, **columns})
        keys, places = codes(sources)
        order = np.argsort(places, kind="stable")
        starts = np.searchsorted(places[order], np.arange(len(keys) + 1))
        values = {name: to_values(column[order], kind.property(name).type) for name, column in columns.items()}
        target_keys = targets[order].tolist()
        statement = cypher.put_generation(kind, columns)

        def put(part: tuple[int, int]) -> None:
            first, end = part
            rows = slice(int(starts[first]), int(starts[end]))
            parameters = {
                "generation": generation,
                "sources": keys[first:end].tolist(),
                "starts": (starts[first : end + 1] - starts[first]).tolist(),
                "targets": target_keys[rows],
                **{cypher.parameter(name): column[rows] for name, column in values.items()},
            }
            self._write_in_lane(lambda tx: tx.run(statement, parameters).consume())

        self._in_lanes(put, _parts(starts))

    def delete_generations(self, kind: EdgeKind, sources: Sequence[str], *, but: str | None) -> int:
        """See `Graph.delete_generations`. Many relationships are deleted in several transactions."""
        pattern = f"(:{kind.source.label} {{{kind.source.key}: key}})-[r:{kind.type}]->()"
        if but is not None:
            pattern += f" WHERE r.{kind.generation} <> $but"
        return self._delete_matched(pattern, sources, but=but)


def _parts(starts: Rows) -> Iterator[tuple[int, int]]:
    """Ranges of sources whose relationships fit into a transaction, or one source. `starts` as in `Edges.starts`."""
    first = 0
    while first < len(starts) - 1:
        fitting = int(np.searchsorted(starts, starts[first] + _ROWS_A_PART, "right")) - 1
        end = max(fitting, first + 1)
        yield first, end
        first = end


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
