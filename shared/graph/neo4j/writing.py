"""Relationships on their way into Neo4j: what is new is created, what differs is merged, the rest is only read.

To create costs twice what it costs to read, and to merge thrice. So a part's sources are locked, and those that have
relationships are read before anything is written: of a file that comes again nothing is written at all.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import neo4j
import numpy as np
import numpy.typing as npt

from shared.graph.columns import from_values, is_missing, to_values
from shared.graph.neo4j import statements as cypher
from shared.graph.port import Array, Columns
from shared.ids import Rows
from shared.schema import MISSING_INT, EdgeKind

_READ_FOR_A_ROW: Final = 4  # a source's relationships are read where they are at most so many times its rows

_NEW: Final = 0
_UNKNOWN: Final = 1
_SAME: Final = 2


class VanishedError(Exception):
    """A node is not there any more, or has another internal id. Nothing of the transaction is written."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The distinct nodes at one end of some relationships, and each row's place among them.

    Attributes:
        keys: object (str) [nodes].
        handles: the nodes' internal ids, int64[nodes].
        places: int64[n].
    """

    keys: Array
    handles: Rows
    places: Rows

    def of(self, rows: Rows | slice) -> "Ends":
        """Those of some rows: the nodes that no row has are left out."""
        used, places = np.unique(self.places[rows], return_inverse=True)
        return Ends(self.keys[used], self.handles[used], places)


@dataclass(frozen=True, slots=True)
class Edges:
    """Relationships ordered by source, then target, each pair once."""

    kind: EdgeKind
    sources: Ends
    targets: Ends
    columns: Columns

    def __len__(self) -> int:
        return len(self.sources.places)

    def of(self, rows: Rows | slice) -> "Edges":
        """Some of the rows, in their order."""
        columns = {name: column[rows] for name, column in self.columns.items()}
        return Edges(self.kind, self.sources.of(rows), self.targets.of(rows), columns)

    def parts(self, rows: int) -> Iterator["Edges"]:
        """In parts of at most so many rows; a source that fits into one is in one."""
        starts, start = self.starts(), 0
        while start < len(self):
            end = start + rows
            if end < len(self):
                border = int(starts[np.searchsorted(starts, end, "right") - 1])
                end = border if border > start else end
            yield self.of(slice(start, end))
            start = end

    def starts(self) -> Rows:
        """Where each source's rows start, and after the last where they end: int64[sources + 1]."""
        return np.searchsorted(self.sources.places, np.arange(len(self.sources.keys) + 1))

    def write(self, tx: neo4j.ManagedTransaction) -> None:
        """Write all rows in one transaction.

        Raises:
            VanishedError: a node is not there any more.
        """
        degrees = self._lock_sources(tx)
        is_read = (degrees > 0) & (degrees <= _READ_FOR_A_ROW * np.diff(self.starts()))
        state = np.where((degrees == 0) | is_read, _NEW, _UNKNOWN)[self.sources.places]
        if is_read.any():
            self._compare(tx, np.flatnonzero(is_read), state)
        self._run(tx, cypher.create_edges, np.flatnonzero(state == _NEW))
        self._run(tx, cypher.merge_edges, np.flatnonzero(state == _UNKNOWN))

    def _lock_sources(self, tx: neo4j.ManagedTransaction) -> Rows:
        """Lock the sources; how many relationships each has, int64[sources]."""
        parameters = {"keys": self.sources.keys.tolist(), "handles": self.sources.handles.tolist()}
        found = tx.run(cypher.lock_sources(self.kind), parameters).single(strict=True)["degrees"]
        if len(found) < len(self.sources.keys):
            raise VanishedError
        return np.array(found, np.int64)

    def _compare(self, tx: neo4j.ManagedTransaction, read: Rows, state: npt.NDArray[np.int64]) -> None:
        """Read the relationships of the sources at the places `read`; set the `state` of the rows that are there."""
        statement = cypher.read_edges(self.kind, self._compared)
        record = tx.run(statement, sources=self.sources.keys[read].tolist()).single(strict=True)
        rows, there = self._matches(read[record["places"]], np.array(record["targets"], np.int64))
        stored = {
            name: from_values(record[cypher.parameter(name)], self.kind.property(name).type)[there]
            for name in self._compared
        }
        state[rows] = np.where(self._stay(rows, stored), _SAME, _UNKNOWN)

    @property
    def _compared(self) -> list[str]:
        """The properties that decide whether a row changes anything."""
        time = self.kind.latest_by
        return [*self.columns, *([time] if time and self.columns and time not in self.columns else [])]

    def _matches(self, sources: Rows, handles: Rows) -> tuple[Rows, Rows]:
        """Which rows have one of the relationships given by source's place and target's id, and which it is."""
        order = np.argsort(self.targets.handles)
        places = np.minimum(np.searchsorted(self.targets.handles, handles, sorter=order), len(order) - 1)
        targets = order[places]
        pairs = np.where(self.targets.handles[targets] == handles, sources * len(order) + targets, -1)
        wanted = self.sources.places * len(order) + self.targets.places  # ascending, as the rows are
        rows = np.minimum(np.searchsorted(wanted, pairs), len(wanted) - 1)
        there = np.flatnonzero(wanted[rows] == pairs)
        return rows[there], there

    def _stay(self, rows: Rows, stored: Columns) -> npt.NDArray[np.bool_]:
        """For each of some rows whether the stored values, which are parallel to them, would stay as they are."""
        same = np.ones(len(rows), np.bool_)
        for name, column in self.columns.items():
            given = column[rows]
            same &= is_missing(given, self.kind.property(name).type) | (given == stored[name])
        time = self.kind.latest_by
        if time and self.columns:
            same |= (self.columns[time][rows] if time in self.columns else MISSING_INT) < stored[time]
        return same

    def _run(
        self, tx: neo4j.ManagedTransaction, statement: Callable[[EdgeKind, Sequence[str]], str], rows: Rows
    ) -> None:
        if not len(rows):
            return
        edges = self if len(rows) == len(self) else self.of(rows)
        written = tx.run(statement(self.kind, list(self.columns)), edges.parameters()).single(strict=True)["rows"]
        if written != len(rows):
            raise VanishedError

    def parameters(self) -> dict[str, list[Any]]:
        """As `statements.merge_edges` takes them."""
        return {
            "sources": self.sources.handles.tolist(),
            "starts": self.starts().tolist(),
            "targets": self.targets.handles.tolist(),
            "target_keys": self.targets.keys.tolist(),
            "target_of": self.targets.places.tolist(),
        } | {
            cypher.parameter(name): to_values(column, self.kind.property(name).type)
            for name, column in self.columns.items()
        }
