"""SQL, derived from the schema. Names come from the schema alone, values only ever as parameters.

A kind of node is a table with a whole number of its own for each node (its handle, never used twice); a kind of
relationship is a table keyed by two handles; a slot of a kind is a table keyed by handle, so that emptying it costs
next to nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from shared.schema import MISSING_INT, EdgeKind, NodeKind, PropertyType, Slot

_TYPES: Final = {
    PropertyType.STRING: "TEXT",
    PropertyType.INT: "INTEGER",
    PropertyType.FLOAT: "REAL",
    PropertyType.BOOL: "INTEGER",
}


def quote(name: str) -> str:
    """A name of the schema as SQL takes it."""
    return f'"{name}"'


def slot_table(kind: NodeKind, slot: Slot) -> str:
    """The name of the table that holds a slot of a kind."""
    return f"{kind.label}{kind.slots}Slot{slot.value}"


def key_index(kind: NodeKind) -> str:
    """The name of the index that keeps the keys of a kind unique."""
    return f"{kind.label}_{kind.key}"


def node_columns(kind: NodeKind) -> dict[str, str]:
    """Columns of a kind's table beside the handle, with their types."""
    return {kind.key: "TEXT NOT NULL"} | {p.name: _TYPES[p.type] for p in kind.properties}


def edge_columns(kind: EdgeKind) -> dict[str, str]:
    """Columns of a relationship's table beside its two ends, with their types."""
    return {p.name: _TYPES[p.type] for p in kind.properties}


def slot_columns(kind: NodeKind) -> dict[str, str]:
    """Columns of a slot's table beside the handle, with their types: vectors are float32, little-endian, in a row."""
    return {p.name: "BLOB" if p.is_vector else "REAL" for p in kind.slot_properties}


def create_node_table(kind: NodeKind) -> str:
    """AUTOINCREMENT, so that the handle of a deleted node is never given to another."""
    return _create(kind.label, ["handle INTEGER PRIMARY KEY AUTOINCREMENT", *_declared(node_columns(kind))]) + "STRICT"


def create_key_index(kind: NodeKind) -> str:
    """Keys are unique."""
    return f"CREATE UNIQUE INDEX IF NOT EXISTS {quote(key_index(kind))} ON {quote(kind.label)} ({quote(kind.key)})"


def create_edge_table(kind: EdgeKind) -> str:
    """Between two nodes there is at most one relationship of a kind, or of a generation of it."""
    ends = ["source INTEGER NOT NULL", "target INTEGER NOT NULL"]
    key = f"PRIMARY KEY ({', '.join(['source', 'target', *map(quote, kind.key)])})"
    return _create(kind.type, [*ends, *_declared(edge_columns(kind)), key]) + "STRICT, WITHOUT ROWID"


def target_index(kind: EdgeKind) -> str:
    """The name of the index by which relationships of a kind are found by target."""
    return f"{kind.type}_target"


def create_target_index(kind: EdgeKind) -> str:
    """Finds relationships of a kind by target."""
    return f"CREATE INDEX IF NOT EXISTS {quote(target_index(kind))} ON {quote(kind.type)} (target)"


def create_slot_table(kind: NodeKind, slot: Slot) -> str:
    """One row for each node that has something in the slot."""
    return _create(slot_table(kind, slot), ["handle INTEGER PRIMARY KEY", *_declared(slot_columns(kind))]) + "STRICT"


def upsert_node(kind: NodeKind, properties: Sequence[str], rows: int = 1, *, exact: bool = False) -> str:
    """Parameters, for each row: the key, then `properties`. A missing value leaves what is stored, unless `exact`."""
    return _upsert(kind.label, [kind.key], properties, rows, exact=exact)


def upsert_edge(kind: EdgeKind, properties: Sequence[str], rows: int = 1) -> str:
    """Parameters, for each row: source, target, then `properties`.

    A missing value leaves what is stored; so does an older time. What would change nothing is not written.
    """
    statement = _upsert(kind.type, ["source", "target"], properties, rows)
    if not properties:
        return statement
    conditions = " OR ".join(f"{_kept(kind.type, name)} IS NOT {quote(kind.type)}.{quote(name)}" for name in properties)
    if not kind.latest_by:
        return f"{statement} WHERE {conditions}"
    time = quote(kind.latest_by)
    stored, given = (f"coalesce({owner}.{time}, {MISSING_INT})" for owner in (quote(kind.type), "excluded"))
    return f"{statement} WHERE {given} >= {stored} AND ({conditions})"


def insert_edges(kind: EdgeKind, properties: Sequence[str], rows: int = 1) -> str:
    """Parameters, for each row: source, target, then `properties`. None of them is there yet."""
    columns = ["source", "target", *properties]
    places = ", ".join([f"({', '.join('?' * len(columns))})"] * rows)
    return f"INSERT INTO {quote(kind.type)} ({', '.join(map(quote, columns))}) VALUES {places}"  # noqa: S608 - names of the schema


def delete_edges_of_sources(kind: EdgeKind, condition: str) -> str:
    """Delete what the sources have whose handles the first parameter lists, as JSON, where the condition holds."""
    return f"DELETE FROM {quote(kind.type)} WHERE source IN (SELECT value FROM json_each(?)) AND {condition}"  # noqa: S608 - as above


def upsert_slot(kind: NodeKind, slot: Slot, properties: Sequence[str], rows: int = 1) -> str:
    """Parameters, for each row: the handle, then `properties`."""
    return _upsert(slot_table(kind, slot), ["handle"], properties, rows)


def select_handles(kind: NodeKind) -> str:
    """Key and handle of the nodes whose keys the one parameter lists, as JSON."""
    key = quote(kind.key)
    return f"SELECT {key}, handle FROM {quote(kind.label)} WHERE {key} IN (SELECT value FROM json_each(?))"  # noqa: S608 - names of the schema


def select_edges(kind: EdgeKind, properties: Sequence[str]) -> str:
    """Relationships whose source's handle lies between the two parameters, both included."""
    columns = ", ".join(["source", "target", *(_present(kind, name) for name in properties)])
    return f"SELECT {columns} FROM {quote(kind.type)} WHERE source BETWEEN ? AND ? ORDER BY source, target"  # noqa: S608 - as above


def edges_from(kind: EdgeKind, properties: Sequence[str]) -> str:
    """Targets' keys and properties of the relationships of the source whose handle is the one parameter."""
    names = ", ".join([f"t.{quote(kind.target.key)}", *(f"e.{quote(name)}" for name in properties)])
    return (
        f"SELECT {names} FROM {quote(kind.type)} e JOIN {quote(kind.target.label)} t "  # noqa: S608 - as above
        "ON t.handle = e.target WHERE e.source = ? ORDER BY e.target"
    )


def select_pairs(kind: EdgeKind) -> str:
    """Ends and time of the relationships between pairs of handles, which the one parameter lists, as JSON."""
    return (
        "WITH pairs AS (SELECT json_extract(value, '$[0]') AS source, json_extract(value, '$[1]') AS target "  # noqa: S608 - as above
        f"FROM json_each(?)) SELECT source, target, coalesce({quote(str(kind.latest_by))}, {MISSING_INT}) "
        f"FROM pairs CROSS JOIN {quote(kind.type)} USING (source, target)"
    )


def _present(kind: EdgeKind, name: str) -> str:
    """A property as it is selected: whole numbers and truths come without NULL, which numpy has no place for."""
    missing = {PropertyType.INT: str(MISSING_INT), PropertyType.BOOL: "0"}.get(kind.property(name).type)
    return quote(name) if missing is None else f"coalesce({quote(name)}, {missing})"


def select_slot(kind: NodeKind, slot: Slot) -> str:
    """Keys and slot properties of the nodes that have all of them, ordered by key."""
    names = [quote(p.name) for p in kind.slot_properties]
    complete = " AND ".join(f"{name} IS NOT NULL" for name in names)
    return (
        f"SELECT {quote(kind.key)}, {', '.join(names)} FROM {quote(slot_table(kind, slot))} "  # noqa: S608 - as above
        f"JOIN {quote(kind.label)} USING (handle) WHERE {complete} ORDER BY {quote(kind.key)}"
    )


def equals(names: Iterable[str]) -> str:
    """That each column equals its parameter, where NULL equals NULL."""
    return " AND ".join(f"{quote(name)} IS ?" for name in names)


def exists(kind: NodeKind, names: Iterable[str]) -> str:
    """A row if there is a node whose columns equal the parameters."""
    return f"SELECT 1 FROM {quote(kind.label)} WHERE {equals(names)}"  # noqa: S608 - names of the schema


def _declared(columns: dict[str, str]) -> list[str]:
    return [f"{quote(name)} {type_}" for name, type_ in columns.items()]


def _create(table: str, parts: Sequence[str]) -> str:
    return f"CREATE TABLE IF NOT EXISTS {quote(table)} ({', '.join(parts)}) "


def _upsert(table: str, key: Sequence[str], properties: Sequence[str], rows: int, *, exact: bool = False) -> str:
    names = [*key, *properties]
    columns = ", ".join(quote(name) for name in names)
    places = ", ".join([f"({', '.join('?' * len(names))})"] * rows)
    conflict = ", ".join(quote(name) for name in key)
    sets = ", ".join(
        f"{quote(name)} = {f'excluded.{quote(name)}' if exact else _kept(table, name)}" for name in properties
    )
    action = f"UPDATE SET {sets}" if sets else "NOTHING"
    return f"INSERT INTO {quote(table)} ({columns}) VALUES {places} ON CONFLICT ({conflict}) DO {action}"  # noqa: S608 - as above


def _kept(table: str, name: str) -> str:
    """The value of a column after an upsert: a missing one leaves what is stored."""
    return f"coalesce(excluded.{quote(name)}, {quote(table)}.{quote(name)})"
