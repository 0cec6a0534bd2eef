"""Slots of vectors in the Neo4j adapter: properties of the nodes, each slot with vector indexes of its own."""

from typing import Final

import neo4j
import numpy as np

from shared.graph.columns import check_lengths, check_widths, objects
from shared.graph.neo4j import statements as cypher
from shared.graph.neo4j.store import Neo4jStore
from shared.graph.port import Array, Columns, SlotTable
from shared.schema import NodeKind, Slot

_NODES_A_TRANSACTION: Final = 2_000  # with two vectors of 64 that is 2 MB on the wire
_CLEARED_A_TRANSACTION: Final = 10_000
_PAGE: Final = 2_000


class Neo4jSlots(Neo4jStore):
    """A model's vectors."""

    def clear_slot(self, kind: NodeKind, slot: Slot) -> None:
        """See `Graph.clear_slot`. The slot's vector indexes go too: writing is faster without them."""
        for name in cypher.possible_vector_indexes(kind, slot):
            self._define(f"DROP INDEX {name} IF EXISTS")
        while self._run(cypher.clear_slot(kind, slot), limit=_CLEARED_A_TRANSACTION)[0]["nodes"]:
            pass

    def write_slot(self, kind: NodeKind, slot: Slot, keys: Array, columns: Columns) -> None:
        """See `Graph.write_slot`. Many nodes are written in several transactions."""
        check_lengths(f"slot {slot} of {kind.label}", len(keys), columns)
        statement = cypher.write_slot(kind, slot, columns)

        def write(start: int) -> None:
            part = slice(start, start + _NODES_A_TRANSACTION)
            values = {cypher.parameter(name): column[part].tolist() for name, column in columns.items()}
            self._write_in_lane(lambda tx: tx.run(statement, keys=keys[part].tolist(), **values).consume())

        self._in_lanes(write, range(0, len(keys), _NODES_A_TRANSACTION))

    def read_slot(self, kind: NodeKind, slot: Slot) -> SlotTable:
        """See `Graph.read_slot`."""
        keys, pages = self._connection.read(lambda tx: _slot_pages(tx, kind, slot))
        order = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
        columns: dict[str, Array] = {}
        for property_ in kind.slot_properties:
            parts = pages[property_.name]
            if property_.is_vector:
                check_widths(f"{kind.label}.{property_.in_slot(slot)}", (part.shape[1] for part in parts))
            empty = np.empty((0, 0) if property_.is_vector else 0, np.float32)
            columns[property_.name] = np.concatenate(parts)[order] if parts else empty
        return SlotTable(objects(keys)[order], columns)

    def index_slot(self, kind: NodeKind, slot: Slot, width: int) -> None:
        """See `Graph.index_slot`."""
        options = {row["name"]: row["options"] for row in self._read("SHOW VECTOR INDEXES YIELD name, options")}
        for name, property_ in cypher.vector_indexes(kind, slot).items():
            if name in options and options[name]["indexConfig"]["vector.dimensions"] != width:
                self._define(f"DROP INDEX {name} IF EXISTS")
            self._define(cypher.create_vector_index(kind, name, property_), width=width)


def _slot_pages(tx: neo4j.ManagedTransaction, kind: NodeKind, slot: Slot) -> tuple[list[str], dict[str, list[Array]]]:
    """Keys, and each slot property by pages: made arrays as they come, since lists take ten times the memory."""
    keys: list[str] = []
    pages: dict[str, list[Array]] = {p.name: [] for p in kind.slot_properties}
    for page in tx.run(cypher.read_slot(kind, slot, _PAGE)):
        keys += page["keys"]
        for property_ in kind.slot_properties:
            values = page[cypher.parameter(property_.name)]
            if property_.is_vector:
                check_widths(f"{kind.label}.{property_.in_slot(slot)}", map(len, values))
            pages[property_.name].append(np.array(values, np.float32))
    return keys, pages
