"""What is there in the database, and what of the schema is not."""

from collections.abc import Iterator

import neo4j

from shared.graph.neo4j import statements as cypher
from shared.graph.port import GraphCheck
from shared.graph.state import STATE_KEY, state_problems
from shared.schema import EDGE_KINDS, GRAPH_STATE, NODE_KINDS, NodeKind, Slot


def check(tx: neo4j.ManagedTransaction) -> GraphCheck:
    """Constraints and indexes against the schema; counts, which the server keeps."""
    nodes = {kind.label: _count(tx, f"(x:{kind.label})") for kind in NODE_KINDS}
    edges = {kind.type: _count(tx, f"()-[x:{kind.type}]->()") for kind in EDGE_KINDS}
    constraints = [
        f"The uniqueness constraint on {kind.label}.{kind.key} is missing." for kind in without_constraint(tx)
    ]
    problems = [*constraints, *_indexes(tx), *state_problems(stored_version(tx))]
    return GraphCheck(nodes, edges, tuple(problems))


def stored_version(tx: neo4j.ManagedTransaction) -> int | None:
    """The schema that the graph was made by; None where it does not say."""
    found = tx.run(f"MATCH (n:{GRAPH_STATE.label} {{name: $key}}) RETURN n.schemaVersion AS version", key=STATE_KEY)
    row = found.single()
    return row["version"] if row else None


def without_constraint(tx: neo4j.ManagedTransaction) -> list[NodeKind]:
    """The kinds whose keys nothing keeps unique."""
    statement = "SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties WHERE type = 'UNIQUENESS'"
    there = {(row["labelsOrTypes"][0], *row["properties"]) for row in tx.run(statement)}
    return [kind for kind in NODE_KINDS if (kind.label, kind.key) not in there]


def _count(tx: neo4j.ManagedTransaction, pattern: str) -> int:
    """How often a pattern that binds `x` is there."""
    return int(tx.run(f"MATCH {pattern} RETURN count(x) AS found").single(strict=True)["found"])


def _indexes(tx: neo4j.ManagedTransaction) -> Iterator[str]:
    states = {row["name"]: row["state"] for row in tx.run("SHOW INDEXES YIELD name, state")}
    for name, state in states.items():
        if state != "ONLINE":
            yield f"The index {name} is {state}."
    for kind in NODE_KINDS:
        for slot in Slot:
            for name, property_ in cypher.vector_indexes(kind, slot).items():
                used = f"MATCH (n:{kind.label}) WHERE n.{property_} IS NOT NULL RETURN true LIMIT 1"
                if name not in states and tx.run(used).single():
                    yield f"The vector index on {kind.label}.{property_} is missing."
