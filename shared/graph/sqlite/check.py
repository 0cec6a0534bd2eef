"""What is there in the SQLite file, and what of the schema is not."""

import sqlite3
from collections.abc import Iterable, Iterator

from shared.graph.port import GraphCheck
from shared.graph.sqlite import statements as sql
from shared.graph.state import STATE_KEY, state_problems
from shared.schema import EDGE_KINDS, GRAPH_STATE, NODE_KINDS, SLOT_KINDS, Slot


def check(connection: sqlite3.Connection) -> GraphCheck:
    """Tables, columns and indexes against the schema; counts; relationships whose ends do not exist."""
    nodes = {kind.label: _count(connection, kind.label) for kind in NODE_KINDS}
    edges = {kind.type: _count(connection, kind.type) for kind in EDGE_KINDS}
    problems = [*_missing(connection), *_dangling(connection), *state_problems(stored_version(connection))]
    return GraphCheck(nodes, edges, tuple(problems))


def tables() -> Iterator[tuple[str, dict[str, str], str]]:
    """Every table: its name, its declared columns with their types, and the statement that makes it."""
    for kind in NODE_KINDS:
        yield kind.label, sql.node_columns(kind), sql.create_node_table(kind)
    for kind in SLOT_KINDS:
        for slot in Slot:
            yield sql.slot_table(kind, slot), sql.slot_columns(kind), sql.create_slot_table(kind, slot)
    for edge in EDGE_KINDS:
        yield edge.type, sql.edge_columns(edge), sql.create_edge_table(edge)


def columns_of(connection: sqlite3.Connection, table: str) -> set[str]:
    """The columns of a table; none where there is no such table."""
    return {name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}


def stored_version(connection: sqlite3.Connection) -> int | None:
    """The schema that the graph was made by; None where it does not say."""
    if "schemaVersion" not in columns_of(connection, GRAPH_STATE.label):
        return None
    row = connection.execute("SELECT schemaVersion FROM GraphState WHERE name = ?", (STATE_KEY,)).fetchone()
    return row[0] if row else None


def _missing(connection: sqlite3.Connection) -> Iterable[str]:
    """What the schema declares and the file lacks, in words."""
    for table, columns, _ in tables():
        there = columns_of(connection, table)
        if not there:
            yield f"Table {table} is missing."
        elif missing := [name for name in columns if name not in there]:
            yield f"Table {table} lacks the columns {', '.join(missing)}."
    indexes = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    for kind in NODE_KINDS:
        if sql.key_index(kind) not in indexes and columns_of(connection, kind.label):
            yield f"The unique index on {kind.label}.{kind.key} is missing."
    for edge in EDGE_KINDS:
        if edge.is_indexed_by_target and sql.target_index(edge) not in indexes and columns_of(connection, edge.type):
            yield f"The index on the targets of {edge.type} is missing."


def _count(connection: sqlite3.Connection, table: str) -> int:
    if not columns_of(connection, table):
        return 0
    return int(connection.execute(f"SELECT count(*) FROM {sql.quote(table)}").fetchone()[0])  # noqa: S608 - a name of the schema


def _dangling(connection: sqlite3.Connection) -> Iterable[str]:
    """Relationships whose ends do not exist, in words."""
    for edge in EDGE_KINDS:
        for end, kind in (("source", edge.source), ("target", edge.target)):
            if not (columns_of(connection, edge.type) and columns_of(connection, kind.label)):
                continue
            statement = (
                f"SELECT count(*) FROM {sql.quote(edge.type)} WHERE {end} NOT IN "  # noqa: S608 - names of the schema
                f"(SELECT handle FROM {sql.quote(kind.label)})"
            )
            if count := int(connection.execute(statement).fetchone()[0]):
                yield f"{count} {edge.type} relationships have a {end} that does not exist."
