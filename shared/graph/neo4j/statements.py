"""Cypher, derived from the schema. Names come from the schema alone, values only ever as parameters.

Columns travel as parallel lists, one parameter each, named for the property with a `_` after it. A node is locked
before a value of it is compared, since Neo4j reads without a lock: a property set and removed at once takes the node's
write lock until the transaction ends, and nothing of it is written.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from shared.schema import CHANGE, GRAPH_STATE, MISSING_INT, EdgeKind, NodeKind, PropertyType, Slot

_MISSING: Final = {PropertyType.INT: str(MISSING_INT), PropertyType.FLOAT: "0.0 / 0.0", PropertyType.BOOL: "false"}


def parameter(name: str) -> str:
    """The name of the parameter that holds a property's values.

    >>> parameter("order")
    'order_'
    """
    return f"{name}_"


def create_constraint(kind: NodeKind) -> str:
    """Keys are unique, and looked up by index."""
    name = f"{kind.label}_{kind.key}"
    return f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{kind.label}) REQUIRE n.{kind.key} IS UNIQUE"


def vector_indexes(kind: NodeKind, slot: Slot) -> dict[str, str]:
    """The vector indexes of a slot: name and the property that each is on."""
    names = (p.in_slot(slot) for p in kind.slot_properties if p.is_indexed)
    return {_vector_index(kind, name): name for name in names}


def possible_vector_indexes(kind: NodeKind, slot: Slot) -> list[str]:
    """Names of those of a slot, and of those that an earlier Marquee may have made."""
    return [_vector_index(kind, p.in_slot(slot)) for p in kind.slot_properties if p.is_vector]


def _vector_index(kind: NodeKind, property_: str) -> str:
    return f"{kind.label}_{property_}"


def create_vector_index(kind: NodeKind, name: str, property_: str) -> str:
    """Nearest neighbours by cosine. Parameter: `width`."""
    return (
        f"CREATE VECTOR INDEX {name} IF NOT EXISTS FOR (n:{kind.label}) ON (n.{property_}) "
        "OPTIONS {indexConfig: {`vector.dimensions`: $width, `vector.similarity_function`: 'cosine'}}"
    )


def upsert_nodes(kind: NodeKind, properties: Iterable[str], *, exact: bool = False) -> str:
    """Parameters: the key's column and those of `properties`. A missing value leaves what is stored, unless `exact`."""
    return (
        f"UNWIND range(0, size(${parameter(kind.key)}) - 1) AS i "
        f"MERGE (n:{kind.label} {{{kind.key}: ${parameter(kind.key)}[i]}}) {_set('n', properties, exact=exact)}"
    )


def handles_of_keys(kind: NodeKind) -> str:
    """The internal ids of the nodes whose keys are the parameter `keys`, in their order; -1 where there is none."""
    return (
        f"UNWIND range(0, size($keys) - 1) AS i OPTIONAL MATCH (n:{kind.label} {{{kind.key}: $keys[i]}}) "
        "WITH i, coalesce(id(n), -1) AS handle ORDER BY i RETURN collect(handle) AS handles"
    )


def lock_sources(kind: EdgeKind) -> str:
    """Lock the nodes whose internal ids and keys are the parameters `handles` and `keys`.

    Returns how many relationships of the kind each has, in their order; fewer numbers where a node is not there.
    """
    return (
        f"UNWIND range(0, size($keys) - 1) AS i {_by_handle('s', kind.source, '$handles[i]', '$keys[i]')} "
        f"{_lock('s')} WITH i, COUNT {{ (s)-[:{kind.type}]->() }} AS degree ORDER BY i "
        "RETURN collect(degree) AS degrees"
    )


def create_edges(kind: EdgeKind, properties: Sequence[str]) -> str:
    """Write relationships that are not there. Parameters: as for `merge_edges`."""
    values = ", ".join(f"{name}: ${parameter(name)}[j]" for name in properties)
    return f"{_pairs(kind)} CREATE (s)-[:{kind.type} {{{values}}}]->(t) RETURN count(*) AS rows"


def merge_edges(kind: EdgeKind, properties: Sequence[str]) -> str:
    """Write relationships grouped by source, and return how many rows there were.

    Parameters: `sources`, internal ids of nodes that are locked, each once; `starts`, where each source's rows start,
    and after the last where they end; `targets` and `target_keys`, internal ids and keys, each once; `target_of`, each
    row's place in these; and the columns of `properties`. Where a target is not there nothing is written.
    """
    values = [f"{name}: coalesce(${parameter(name)}[j], r.{name})" for name in properties]
    update = f"{{{', '.join(values)}}}"
    if kind.latest_by:
        given = f"${parameter(kind.latest_by)}[j]" if kind.latest_by in properties else "null"
        is_later = f"coalesce({given}, {MISSING_INT}) >= coalesce(r.{kind.latest_by}, {MISSING_INT})"
        update = f"CASE WHEN {is_later} THEN {update} ELSE {{}} END"
    create = ", ".join(f"r.{name} = ${parameter(name)}[j]" for name in properties)
    sets = f"ON CREATE SET {create} ON MATCH SET r += {update} " if properties else ""
    return f"{_pairs(kind)} MERGE (s)-[r:{kind.type}]->(t) {sets}RETURN count(*) AS rows"


def put_generation(kind: EdgeKind, properties: Iterable[str]) -> str:
    """Replace what some sources have of a generation.

    Parameters: `generation`; `sources`, keys, each once; `starts`, where each source's rows start, and after the last
    where they end; `targets`, each row's key; and the columns of `properties`.
    """
    values = ", ".join([*(f"{name}: ${parameter(name)}[j]" for name in properties), f"{kind.generation}: $generation"])
    return (
        f"UNWIND range(0, size($sources) - 1) AS i MATCH (s:{kind.source.label} {{{kind.source.key}: $sources[i]}}) "
        f"CALL (s) {{ MATCH (s)-[r:{kind.type}]->() WHERE r.{kind.generation} = $generation DELETE r }} "
        "UNWIND range($starts[i], $starts[i + 1] - 1) AS j "
        f"MATCH (t:{kind.target.label} {{{kind.target.key}: $targets[j]}}) CREATE (s)-[:{kind.type} {{{values}}}]->(t)"
    )


def _pairs(kind: EdgeKind) -> str:
    """Each row's number `j`, its source `s` and its target `t`."""
    target = _by_handle("t", kind.target, "$targets[place]", "$target_keys[place]")
    return (
        f"CALL () {{ UNWIND range(0, size($targets) - 1) AS place {target} WITH place, t ORDER BY place "
        "RETURN collect(t) AS targets } "
        "WITH targets WHERE size(targets) = size($targets) "
        "UNWIND range(0, size($sources) - 1) AS i MATCH (s) WHERE id(s) = $sources[i] "
        "UNWIND range($starts[i], $starts[i + 1] - 1) AS j WITH s, j, targets[$target_of[j]] AS t"
    )


def _by_handle(name: str, kind: NodeKind, handle: str, key: str) -> str:
    """A node by its internal id, if it is still the one with this key.

    `toString` keeps the planner from looking into the key's index instead, which takes longer.
    """
    is_same = f"{name}:{kind.label} AND toString({name}.{kind.key}) = {key}"
    return f"MATCH ({name}) WHERE id({name}) = {handle} AND {is_same}"


def read_nodes(kind: NodeKind, properties: Sequence[str], page: int) -> str:
    """Internal ids, keys and `properties` as lists, a record for about `page` nodes."""
    lists = ", ".join(f"[n IN page | n.{name}] AS {parameter(name)}" for name in (kind.key, *properties))
    return (
        f"MATCH (n:{kind.label}) WITH id(n) / {page} AS number, collect(n) AS page "
        f"RETURN [n IN page | id(n)] AS handles, {lists}"
    )


def read_edges(kind: EdgeKind, properties: Sequence[str]) -> str:
    """Relationships of the sources in the parameter `sources`: their places in it, targets' internal ids, columns."""
    columns = "".join(
        f", {_collect(f'r.{name}', kind.property(name).type)} AS {parameter(name)}" for name in properties
    )
    return (
        "UNWIND range(0, size($sources) - 1) AS i "
        f"MATCH (:{kind.source.label} {{{kind.source.key}: $sources[i]}})-[r:{kind.type}]->(t) "
        f"RETURN collect(i) AS places, collect(id(t)) AS targets{columns}"
    )


def keys_of_handles(kind: NodeKind) -> str:
    """The keys of nodes by the internal ids in the parameter `handles`, in their order; null where there is none."""
    return (
        f"UNWIND range(0, size($handles) - 1) AS i OPTIONAL MATCH (n) WHERE id(n) = $handles[i] AND n:{kind.label} "
        f"WITH i, n ORDER BY i WITH collect({{key: n.{kind.key}}}) AS rows RETURN [row IN rows | row.key] AS keys"
    )


def edges_of_kinds(wanted: Sequence[tuple[EdgeKind, Sequence[str]]]) -> str:
    """One source's relationships of some kinds, targets in the order of their internal ids. Parameter: `key`."""
    kind = wanted[0][0]
    types = "|".join(kind.type for kind, _ in wanted)
    names = dict.fromkeys(name for _, properties in wanted for name in properties)
    lists = "".join(f", [r IN edges | r.{name}] AS {parameter(name)}" for name in names)
    return (
        f"MATCH (s:{kind.source.label} {{{kind.source.key}: $key}}) "
        f"OPTIONAL MATCH (s)-[r:{types}]->(t:{kind.target.label}) WITH s, r, t ORDER BY id(t) "
        f"WITH s, collect(r) AS edges, collect(t.{kind.target.key}) AS targets "
        f"RETURN targets, [r IN edges | type(r)] AS types{lists}"
    )


def lock_state() -> str:
    """Lock the `GraphState`, made if it is missing; its counters and the server's clock. Parameter: `key`."""
    return (
        f"MERGE (n:{GRAPH_STATE.label} {{{GRAPH_STATE.key}: $key}}) {_lock('n')} "
        "RETURN coalesce(n.eventSeq, 0) AS sequence, coalesce(n.eventCount, 0) AS count, timestamp() AS now"
    )


def read_changes() -> str:
    """The `eventSeq`, and the changes after that of the parameter `after` (null: none). Parameter: also `key`."""
    return (
        f"OPTIONAL MATCH (n:{GRAPH_STATE.label} {{{GRAPH_STATE.key}: $key}}) "
        f"WITH coalesce(n.eventSeq, 0) AS sequence CALL () {{ MATCH (c:{CHANGE.label}) WHERE c.{CHANGE.key} > $after "
        f"WITH c ORDER BY c.{CHANGE.key} RETURN collect(c.{CHANGE.key}) AS keys, collect(c.users) AS users }} "
        "RETURN sequence, keys, users"
    )


def make_and_lock(kind: NodeKind) -> str:
    """Make those nodes that are missing, and lock all. Parameter: `keys`; returns internal ids in their order."""
    return (
        f"UNWIND range(0, size($keys) - 1) AS i MERGE (n:{kind.label} {{{kind.key}: $keys[i]}}) {_lock('n')} "
        "WITH i, n ORDER BY i RETURN collect(id(n)) AS handles"
    )


DELETE_BY_HANDLES: Final = "UNWIND $handles AS handle MATCH ()-[r]->() WHERE id(r) = handle DELETE r"
UPDATE_BY_HANDLES: Final = (
    "UNWIND range(0, size($handles) - 1) AS i MATCH ()-[r]->() WHERE id(r) = $handles[i] "
    "SET r += $values[i] RETURN count(*) AS rows"
)


def read_pairs(kinds: Sequence[EdgeKind]) -> str:
    """Relationships from nodes to some others. Parameters: `sources`, internal ids, and of each a list of `targets`.

    A source's relationships are walked through once: to look for each pair takes twice as long, since Neo4j walks
    through them to count them first.

    Returns lists: the ids of both ends, the type, the time and the internal id of each that there is.
    """
    times = ", ".join(f"r.{name}" for name in dict.fromkeys(str(kind.latest_by) for kind in kinds))
    return (
        "UNWIND range(0, size($sources) - 1) AS i MATCH (s) WHERE id(s) = $sources[i] "
        f"MATCH (s)-[r:{'|'.join(kind.type for kind in kinds)}]->(t) WHERE id(t) IN $targets[i] "
        "RETURN collect(id(s)) AS sources, collect(id(t)) AS targets, collect(type(r)) AS types, "
        f"collect(coalesce({times}, {MISSING_INT})) AS times, collect(id(r)) AS handles"
    )


def create_pairs(kinds: Sequence[EdgeKind]) -> str:
    """Write relationships that are not there, and return how many.

    Parameters: for each kind one named for its type, a map with `sources` and `targets`, internal ids, and `values`,
    a map of properties for each.
    """
    parts = " ".join(
        f"CALL () {{ {_ends(f'${kind.type}.')} CREATE (s)-[r:{kind.type}]->(t) SET r = ${kind.type}.values[i] "
        f"RETURN count(*) AS of_{kind.type} }}"
        for kind in kinds
    )
    return f"{parts} RETURN {' + '.join(f'of_{kind.type}' for kind in kinds)} AS rows"


def _ends(of: str = "$") -> str:
    """Rows with their number `i`, a source and a target, of parallel lists of internal ids."""
    return (
        f"UNWIND range(0, size({of}sources) - 1) AS i "
        f"MATCH (s) WHERE id(s) = {of}sources[i] MATCH (t) WHERE id(t) = {of}targets[i]"
    )


def edges_to(kind: EdgeKind, properties: Sequence[str]) -> str:
    """One target's relationships, sources in the order of their internal ids. Parameter: `key`."""
    lists = ", ".join(f"[r IN edges | r.{name}] AS {parameter(name)}" for name in properties)
    return (
        f"MATCH (t:{kind.target.label} {{{kind.target.key}: $key}}) "
        f"OPTIONAL MATCH (t)<-[r:{kind.type}]-(s:{kind.source.label}) WITH t, r, s ORDER BY id(s) "
        f"WITH t, collect(r) AS edges, collect(s.{kind.source.key}) AS sources RETURN sources"
        + (f", {lists}" if lists else "")
    )


def write_slot(kind: NodeKind, slot: Slot, properties: Iterable[str]) -> str:
    """Parameters: `keys` and the columns of `properties`, named without the slot."""
    in_slot = {p.name: p.in_slot(slot) for p in kind.slot_properties}
    sets = ", ".join(f"n.{in_slot[name]} = ${parameter(name)}[i]" for name in properties)
    return f"UNWIND range(0, size($keys) - 1) AS i MATCH (n:{kind.label} {{{kind.key}: $keys[i]}}) SET {sets}"


def read_slot(kind: NodeKind, slot: Slot, page: int) -> str:
    """Keys and slot properties as lists, of the nodes that have all of them, a record for about `page` nodes."""
    names = [p.in_slot(slot) for p in kind.slot_properties]
    complete = " AND ".join(f"n.{name} IS NOT NULL" for name in names)
    lists = ", ".join(f"[n IN page | n.{p.in_slot(slot)}] AS {parameter(p.name)}" for p in kind.slot_properties)
    return (
        f"MATCH (n:{kind.label}) WHERE {complete} WITH id(n) / {page} AS number, collect(n) AS page "
        f"RETURN [n IN page | n.{kind.key}] AS keys, {lists}"
    )


def clear_slot(kind: NodeKind, slot: Slot) -> str:
    """Take the slot properties from at most `limit` nodes, and return from how many."""
    names = [f"n.{p.in_slot(slot)}" for p in kind.slot_properties]
    some = " OR ".join(f"{name} IS NOT NULL" for name in names)
    return f"MATCH (n:{kind.label}) WHERE {some} WITH n LIMIT $limit REMOVE {', '.join(names)} RETURN count(*) AS nodes"


def locked(kind: NodeKind) -> str:
    """The node `n` whose key is the parameter `key`, with its write lock held to the end of the transaction."""
    return f"MATCH (n:{kind.label} {{{kind.key}: $key}}) {_lock('n')} WITH n"


def record(kind: NodeKind) -> str:
    """The properties of the node `n`, but large ones, as a map."""
    return f"n {{{', '.join(f'.{name}' for name in kind.record_properties())}}}"


def equals(expected: Iterable[tuple[str, object]]) -> str:
    """That properties of the node `n` equal the parameters `expected_…`, or are missing where None is expected."""
    return " AND ".join(
        f"n.{name} IS NULL" if value is None else f"n.{name} = $expected_{name}" for name, value in expected
    )


def expected(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the parameters that `equals` names."""
    return {f"expected_{name}": value for name, value in values.items() if value is not None}


def holds(kind: NodeKind, values: Mapping[str, object]) -> str:
    """A row if the node whose key is the parameter `key`, locked, has these values. Parameters: also `expected`."""
    return f"{locked(kind)} WHERE {equals(values.items())} RETURN true AS holds"


def _lock(variable: str) -> str:
    return f"SET {variable}.lock = true REMOVE {variable}.lock"


def _set(variable: str, properties: Iterable[str], *, exact: bool) -> str:
    given = ((f"{variable}.{name}", f"${parameter(name)}[i]") for name in properties)
    sets = [f"{name} = {value if exact else f'coalesce({value}, {name})'}" for name, value in given]
    return f"SET {', '.join(sets)}" if sets else ""


def _collect(expression: str, type_: PropertyType) -> str:
    """All values of `expression`, with what stands for a missing one in its place: `collect` would leave a null out."""
    if type_ in _MISSING:
        return f"collect(coalesce({expression}, {_MISSING[type_]}))"
    return f"[row IN collect({{value: {expression}}}) | row.value]"
