"""Records of the Neo4j adapter: single nodes, changed by compare-and-set under the node's write lock."""

from collections.abc import Sequence

from shared.graph.columns import check_keys, to_record
from shared.graph.neo4j import statements as cypher
from shared.graph.neo4j.store import Neo4jStore
from shared.graph.port import Record
from shared.schema import NodeKind


class Neo4jRecords(Neo4jStore):
    """Single nodes with all their properties."""

    def create_record(self, kind: NodeKind, record: Record) -> bool:
        """See `Graph.create_record`."""
        check_keys(kind, [record[kind.key]])
        values = {kind.property(name).name: value for name, value in record.items()}
        statement = f"MERGE (n:{kind.label} {{{kind.key}: $key}}) ON CREATE SET n += $values"
        return self._change(statement, key=record[kind.key], values=values).nodes_created == 1

    def find_records(
        self, kind: NodeKind, where: Record | None = None, *, newest_by: str | None = None, limit: int = 1_000
    ) -> list[Record]:
        """See `Graph.find_records`."""
        expected = {kind.property(name).name: value for name, value in (where or {}).items()}
        condition = f"WHERE {cypher.equals(expected.items())}" if expected else ""
        newest = f"n.{kind.property(newest_by).name}" if newest_by else ""
        order = f"{newest} IS NULL, {newest} DESC, " if newest else ""  # Cypher puts a missing value first otherwise
        found = self._read(
            f"MATCH (n:{kind.label}) {condition} WITH n ORDER BY {order}n.{kind.key} LIMIT $limit "
            f"RETURN {cypher.record(kind)} AS record",
            limit=limit,
            **cypher.expected(expected),
        )
        return [to_record(kind, row["record"]) for row in found]

    def read_records(self, kind: NodeKind, keys: Sequence[str]) -> dict[str, Record]:
        """See `Graph.read_records`."""
        node = f"(n:{kind.label} {{{kind.key}: key}})"
        statement = f"UNWIND $keys AS key MATCH {node} RETURN collect({cypher.record(kind)}) AS found"
        rows = self._read(statement, keys=list(dict.fromkeys(keys)))[0]["found"]
        return {row[kind.key]: to_record(kind, row) for row in rows}

    def list_records(self, kind: NodeKind, *, after: str | None, limit: int) -> list[Record]:
        """See `Graph.list_records`."""
        found = self._read(
            f"MATCH (n:{kind.label}) WHERE n.{kind.key} > $after WITH n ORDER BY n.{kind.key} LIMIT $limit "
            f"RETURN {cypher.record(kind)} AS record",
            after=after or "",  # no key is empty
            limit=limit,
        )
        return [to_record(kind, row["record"]) for row in found]

    def read_large(self, kind: NodeKind, key: str, name: str) -> str | None:
        """See `Graph.read_large`."""
        found = self._read(
            f"MATCH (n:{kind.label} {{{kind.key}: $key}}) RETURN n.{kind.property(name).name} AS value", key=key
        )
        return found[0]["value"] if found else None

    def update_record(self, kind: NodeKind, key: str, changes: Record, *, expected: Record | None = None) -> bool:
        """See `Graph.update_record`."""
        wanted = {kind.property(name).name: value for name, value in (expected or {}).items()}
        condition = f"WHERE {cypher.equals(wanted.items())}" if wanted else ""
        found = self._run(
            f"{cypher.locked(kind)} {condition} SET n += $changes RETURN n.{kind.key}",
            key=key,
            changes={kind.property(name).name: value for name, value in changes.items()},
            **cypher.expected(wanted),
        )
        return len(found) == 1
