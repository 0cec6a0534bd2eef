"""Slots of vectors in the SQLite adapter: a table for each kind and slot, vectors as float32 in a BLOB."""

from functools import partial

import numpy as np

from shared.graph.columns import check_lengths, check_widths, objects
from shared.graph.port import Array, Columns, SlotTable
from shared.graph.sqlite import statements as sql
from shared.graph.sqlite.rows import put_rows
from shared.graph.sqlite.store import SqliteStore, handles_of
from shared.schema import NodeKind, Slot


class SqliteSlots(SqliteStore):
    """A model's vectors."""

    def clear_slot(self, kind: NodeKind, slot: Slot) -> None:
        """See `Graph.clear_slot`."""
        with self._write() as connection:
            connection.execute(f"DELETE FROM {sql.quote(sql.slot_table(kind, slot))}")  # noqa: S608 - a name of the schema

    def write_slot(self, kind: NodeKind, slot: Slot, keys: Array, columns: Columns) -> None:
        """See `Graph.write_slot`."""
        check_lengths(f"slot {slot} of {kind.label}", len(keys), columns)
        vectors = {p.name for p in kind.slot_properties if p.is_vector}
        with self._write() as connection:
            handle_of = handles_of(connection, kind, keys.tolist())
            rows = np.array([row for row, key in enumerate(keys.tolist()) if key in handle_of], np.int64)
            handles = [handle_of[key] for key in keys[rows].tolist()]
            values = [
                _blobs(column[rows]) if name in vectors else column[rows].tolist() for name, column in columns.items()
            ]
            put_rows(connection, partial(sql.upsert_slot, kind, slot, list(columns)), [handles, *values])

    def read_slot(self, kind: NodeKind, slot: Slot) -> SlotTable:
        """See `Graph.read_slot`."""
        with self._connections.read() as connection:
            rows = connection.execute(sql.select_slot(kind, slot)).fetchall()
        keys, *values = zip(*rows, strict=True) if rows else ((), *((),) * len(kind.slot_properties))
        columns: dict[str, Array] = {}
        for property_, column in zip(kind.slot_properties, values, strict=True):
            if property_.is_vector:
                columns[property_.name] = _matrix(column, f"{kind.label}.{property_.in_slot(slot)}")
            else:
                columns[property_.name] = np.array(column, np.float32)
        return SlotTable(objects(keys), columns)

    def index_slot(self, kind: NodeKind, slot: Slot, width: int) -> None:
        """See `Graph.index_slot`: SQLite has no vector index."""

    def await_indexes(self) -> None:
        """See `Graph.await_indexes`."""


def _blobs(matrix: Array) -> list[bytes]:
    """Rows of float32[n, width] as bytes."""
    return [row.tobytes() for row in np.ascontiguousarray(matrix, "<f4")]


def _matrix(blobs: tuple[bytes, ...], what: str) -> Array:
    """Bytes as float32[n, width]."""
    if not blobs:
        return np.empty((0, 0), np.float32)
    check_widths(what, map(len, blobs))
    return np.frombuffer(b"".join(blobs), "<f4").reshape(len(blobs), -1).astype(np.float32)
