"""Pointers of the Neo4j adapter: a node's one relationship of a kind, moved by compare-and-set under its write lock."""

import neo4j

from shared.graph.columns import check_keys
from shared.graph.neo4j import statements as cypher
from shared.graph.neo4j.store import Neo4jStore
from shared.graph.port import Record, UnknownEndpointsError
from shared.schema import EdgeKind


class _Conflict(Exception):  # noqa: N818 - rolls a transaction back, and is caught where it was begun
    """The pointer points elsewhere than was expected."""


class Neo4jPointers(Neo4jStore):
    """Relationships that move."""

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
        remembered: Record = {}
        if kind.remembers and expected not in (None, target):
            moved += " SET n += $remembered"
            remembered[kind.remembers] = expected

        there = f"{cypher.locked(kind.target)} RETURN n"

        def work(tx: neo4j.ManagedTransaction) -> None:
            if tx.run(there, key=target).single() is None:
                raise UnknownEndpointsError(kind, kind.target, [target])
            tx.run(made, key=source).consume()
            if tx.run(current, key=source).single(strict=True)["target"] != expected:
                raise _Conflict
            tx.run(moved, key=source, target=target, remembered=remembered).consume()

        try:
            self._write(work)
        except _Conflict:
            return False
        return True
