"""The narrow, columnar port to the graph. `neo4j.py` and `sqlite.py` implement it and pass one conformance suite.

Data goes in and out as columns (numpy arrays of one length), never as one object a row: see `PropertyType` for the type
of each column and for what stands for a missing value. A write of a missing value leaves what is stored as it was.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, Self, TypeVar

import numpy as np
import numpy.typing as npt

from shared.errors import InvalidInputError, LeaseLostError
from shared.events import Changes, EventRequest, Outcome
from shared.ids import Rows
from shared.schema import EdgeKind, NodeKind, PropertyType, Slot

Array = npt.NDArray[Any]
Columns = Mapping[str, Array]
"""Property name to column; all columns of one length."""
End = Literal["source", "target"]
"""One of the two ends of a relationship."""
Record = dict[str, Any]
"""One node's properties as plain Python values; a missing one is None. Large ones are written by it, and not read."""

COLUMN_DTYPES: Mapping[PropertyType, type] = {
    PropertyType.STRING: object,
    PropertyType.INT: np.int64,
    PropertyType.FLOAT: np.float64,
    PropertyType.BOOL: np.bool_,
}

_MISSING_SHOWN: Final = 5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NodeTable:
    """All nodes of a kind: their keys and the columns asked for, in one order, which is the order of dense rows.

    `handles` are the store's own numbers for the nodes, ascending: int64[n]. A node keeps its own for as long as it is
    there, so a range of them is a part of the nodes that others can read as well; else they are the adapter's business.
    """

    kind: NodeKind
    keys: Array  # object (str) [n]
    handles: Rows
    columns: Columns = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def between(self, first: int, end: int | None) -> Self:
        """The nodes whose handles lie in [first, end), or from `first` on where `end` is None."""
        if not len(self.handles):
            return self
        upto = len(self.handles) if end is None else int(np.searchsorted(self.handles, end))
        part = slice(int(np.searchsorted(self.handles, first)), upto)
        columns = {name: column[part] for name, column in self.columns.items()}
        return replace(self, keys=self.keys[part], handles=self.handles[part], columns=columns)

    def rows_of_handles(self, handles: Rows) -> Rows:
        """Dense rows of the store's `handles`; -1 for a node that is not in this table (it came later)."""
        if not len(self.handles):
            return np.full(len(handles), -1, np.int64)
        rows = np.searchsorted(self.handles, handles)
        rows[rows == len(self.handles)] = 0
        return np.where(self.handles[rows] == handles, rows, -1)


@dataclass(frozen=True, slots=True)
class EdgeBatch:
    """Some relationships of a kind, endpoints as dense rows of the two `NodeTable`s they were read against.

    `fraction` is how much of the whole read is done once this batch is, 0 to 1.
    """

    sources: Rows
    targets: Rows
    columns: Columns
    fraction: float = 1.0

    def __len__(self) -> int:
        return len(self.sources)

    @classmethod
    def concatenate(cls, batches: Sequence[Self], kind: EdgeKind, properties: Sequence[str] = ()) -> Self:
        """All `batches` in one; `kind` and `properties` give the types of the columns where there is no batch."""
        empty: Columns = {name: np.empty(0, COLUMN_DTYPES[kind.property(name).type]) for name in properties}
        if not batches:
            return cls(np.empty(0, np.int64), np.empty(0, np.int64), empty)
        return cls(
            np.concatenate([b.sources for b in batches]),
            np.concatenate([b.targets for b in batches]),
            {name: np.concatenate([b.columns[name] for b in batches]) for name in empty},
        )


@dataclass(frozen=True, slots=True)
class SlotTable:
    """What a slot holds for a kind of node: keys[n], and for each slot property float32[n, width] or float32[n]."""

    keys: Array
    columns: Columns


@dataclass(frozen=True, slots=True)
class Fence:
    """Holds while a node's properties equal all of `expected`."""

    kind: NodeKind
    key: str
    expected: Record

    def lost(self) -> LeaseLostError:
        """What a writer is told once the fence does not hold."""
        return LeaseLostError(f"{self.kind.label} {self.key} was taken over by another worker, so nothing is written.")


@dataclass(frozen=True, slots=True)
class GraphCheck:
    """What `Graph.check` found: counts by label and by relationship type, and what is wrong, in words."""

    nodes: Mapping[str, int]
    edges: Mapping[str, int]
    problems: tuple[str, ...]


class UnknownEndpointsError(InvalidInputError):
    """Relationships name nodes that do not exist. Nothing of the call was written."""

    def __init__(self, kind: EdgeKind, side: NodeKind, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        shown = ", ".join(repr(key) for key in self.missing[:_MISSING_SHOWN])
        more = f" and {len(self.missing) - _MISSING_SHOWN} more" if len(self.missing) > _MISSING_SHOWN else ""
        super().__init__(
            f"{kind.type} names {len(self.missing)} {side.label} nodes that do not exist: {shown}{more}. "
            f"Write the {side.label} nodes first."
        )


class Graph(ABC):
    """One store of the graph. Safe to use from several threads; every write is safe to run twice.

    Every method raises `UnavailableError` where the store does not answer in its set time.
    """

    # --- the store itself ---

    @abstractmethod
    def prepare(self) -> None:
        """Make what the schema declares: constraints or tables, the `GraphState` node. What is there stays as it is."""

    @abstractmethod
    def check(self) -> GraphCheck:
        """Verify that all that the schema declares is there, and count."""

    @abstractmethod
    def close(self) -> None:
        """Give back connections and files. A second call does nothing."""

    @abstractmethod
    def scrub(self) -> None:
        """Leave nothing in the store's own files of nodes that were deleted, as far as the store can be asked to.

        In SQLite it is out of the file and its log. Neo4j writes over it in time, and keeps its transaction logs for as
        long as its own settings say.
        """

    @abstractmethod
    def fenced(self, fence: Fence) -> Self:
        """This graph for one who may write only for as long as `fence` holds; what reads goes on.

        Each transaction that writes looks at the fence first and keeps it from changing until its own end, so that
        nothing is written by a worker that was stopped, taken over, and then went on. Both share their connections.
        A write through it raises `LeaseLostError`, and writes nothing, once the fence does not hold.
        """

    @abstractmethod
    def atomically(self, work: Callable[[Self], T]) -> T:
        """What `work` returns. What it writes through the graph that it is given is written in one transaction.

        If it raises, nothing is written. What it reads through that graph sees what it has written. It may be called
        again, where the store finds that two transactions wait for each other, so it should do nothing else. Keep it
        short: in SQLite no other can write meanwhile. Where this graph is fenced, the fence holds throughout.
        """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    # --- nodes and relationships, in columns ---

    @abstractmethod
    def put_nodes(self, kind: NodeKind, columns: Columns, *, exact: bool = False) -> None:
        """Create or update nodes. `columns` holds the key's column and those of any properties.

        Of a key that stands there twice, the last row wins. Where `exact`, a missing value removes what is stored.

        Raises:
            InvalidInputError: a key is not an id (see `check_id`), or columns differ in length. Nothing is written.
        """

    @abstractmethod
    def put_edges(self, kind: EdgeKind, sources: Array, targets: Array, columns: Columns) -> None:
        """Create or update relationships between nodes named by key: object (str) [n] each.

        Where `kind.latest_by` names a time, a row replaces what is stored only if its time is not before the stored
        one (a missing time is before every other); this holds within one call too. Otherwise the last row wins.

        Raises:
            UnknownEndpointsError: a node does not exist. Nothing is written.
            InvalidInputError: columns differ in length. Nothing is written.
        """

    @abstractmethod
    def read_nodes(self, kind: NodeKind, properties: Sequence[str] = ()) -> NodeTable:
        """All nodes of a kind with the properties asked for."""

    @abstractmethod
    def read_edges(
        self, kind: EdgeKind, sources: NodeTable, targets: NodeTable, properties: Sequence[str] = ()
    ) -> Iterator[EdgeBatch]:
        """All relationships of a kind between nodes of the two tables, in batches over ranges of sources.

        Within a batch they are ordered by source, then target. One whose end is not in its table (it came after the
        table was read) is left out. Memory in use is that of a batch (about half a million relationships).
        """

    @abstractmethod
    def count_edges_by_target(self, kind: EdgeKind, targets: NodeTable) -> npt.NDArray[np.int64]:
        """How many relationships of a kind end in each node of `targets`: int64[len(targets)]."""

    @abstractmethod
    def count_edges_by_time(
        self, kind: EdgeKind, targets: NodeTable, time: str, *, since: int, step: int, steps: int
    ) -> npt.NDArray[np.int64]:
        """How many relationships of a kind end in each node in each span of time: int64[len(targets), steps].

        Span i holds those whose property `time` lies in [since + i * step, since + (i + 1) * step). All of the kind is
        read, where the store has no index of the time.
        """

    @abstractmethod
    def find_sources(self, kind: EdgeKind, sources: Sequence[str], target: str) -> Mapping[str, bool]:
        """Those of `sources` that exist, and whether each has a relationship of the kind to `target`."""

    def edges_from(self, kind: EdgeKind, source: str, properties: Sequence[str] = ()) -> tuple[Array, Columns] | None:
        """One node's relationships of a kind: the targets' keys and the columns asked for. None: no such node."""
        found = self.edges_of_kinds([(kind, properties)], source)
        return found[0] if found is not None else None

    @abstractmethod
    def edges_of_kinds(
        self, wanted: Sequence[tuple[EdgeKind, Sequence[str]]], source: str
    ) -> list[tuple[Array, Columns]] | None:
        """One node's relationships of several kinds that have the same two kinds of ends, in one read.

        For each of `wanted`, a kind and its properties, what `edges_from` says. None: no such node.
        """

    @abstractmethod
    def edges_to(self, kind: EdgeKind, target: str, properties: Sequence[str] = ()) -> tuple[Array, Columns] | None:
        """One node's relationships of a kind: the sources' keys and the columns asked for. None: no such node.

        In SQLite all of the kind are read, unless it `is_indexed_by_target`.
        """

    @abstractmethod
    def delete_nodes(self, kind: NodeKind, keys: Sequence[str]) -> int:
        """Delete nodes with all their relationships. Keys that do not exist are passed over. Returns how many were."""

    @abstractmethod
    def delete_edges(self, kind: EdgeKind, sources: Array, targets: Array) -> int:
        """Delete single relationships. Those that do not exist are passed over. Returns how many there were."""

    @abstractmethod
    def delete_edges_of(self, kind: EdgeKind, end: End, keys: Sequence[str]) -> int:
        """Delete all relationships of a kind whose `end` is one of the nodes `keys`. Returns how many there were.

        Keys that do not exist are passed over. By target, SQLite reads all of the kind once a call: give many keys.
        """

    # --- relationships in generations ---

    @abstractmethod
    def put_generation(self, kind: EdgeKind, generation: str, sources: Array, targets: Array, columns: Columns) -> None:
        """Write relationships of one generation of a kind that has such, in place of what their sources have in it.

        Give all of a source's relationships in one call; each pair of ends once. Those of other generations stay. Rows
        whose ends no longer exist are passed over.

        Raises:
            InvalidInputError: columns differ in length. Nothing is written.
        """

    @abstractmethod
    def delete_generations(self, kind: EdgeKind, sources: Sequence[str], *, but: str | None) -> int:
        """Delete the sources' relationships of all generations but one (None: of all). Returns how many there were."""

    # --- events, and who follows them ---

    @abstractmethod
    def append_events(self, requests: Sequence[EventRequest]) -> list[Outcome]:
        """Take requests in one transaction, one after the other, each whole or not at all. Users are made as needed.

        What comes back for a request was written durably; the fault of one is no other's. In each relationship the
        newest time stays, whichever event comes first; at equal times the later event counts. Of opposites (like and
        dislike) only the newer stays. `undo` deletes what is not newer than it. A time to come becomes the present.

        The same transaction raises `GraphState.eventSeq` by one and `eventCount` by the number of events taken, and
        keeps the receipts of requests with a key, so that the same request never counts twice.

        Raises:
            InvalidInputError: a user's id can't be one. Nothing is written, of no request.
        """

    @abstractmethod
    def announce(self, user_ids: Sequence[str]) -> int:
        """Raise `eventSeq`, and say to all who follow that relationships of these users have changed; returns it."""

    @abstractmethod
    def read_changes(self, after: int | None) -> Changes:
        """What was announced after the `eventSeq` that a reader knows (None: it knows nothing, and remembers nothing).

        `Changes.changes` is None where it is not known any more, or the graph's `eventSeq` is smaller than `after`.
        """

    @abstractmethod
    def delete_before(self, kind: NodeKind, time_property: str, time: int, limit: int) -> int:
        """Delete at most `limit` nodes of a kind without relationships, whose time is before `time`; how many were."""

    # --- a model's vectors ---

    @abstractmethod
    def clear_slot(self, kind: NodeKind, slot: Slot) -> None:
        """Empty a slot: no node of the kind keeps a slot property of it."""

    @abstractmethod
    def write_slot(self, kind: NodeKind, slot: Slot, keys: Array, columns: Columns) -> None:
        """Write slot properties (named without the slot) of nodes: float32[n, width] for vectors, float32[n] else.

        Keys of nodes that no longer exist are passed over.
        """

    @abstractmethod
    def read_slot(self, kind: NodeKind, slot: Slot) -> SlotTable:
        """What a slot holds: the nodes that have every slot property of the kind in it, ordered by key."""

    @abstractmethod
    def index_slot(self, kind: NodeKind, slot: Slot, width: int) -> None:
        """Begin to make the vector indexes of a slot for vectors of `width`; nothing in SQLite."""

    @abstractmethod
    def await_indexes(self) -> None:
        """Wait until every index that was begun answers."""

    # --- records: single nodes, changed by compare-and-set ---

    @abstractmethod
    def create_record(self, kind: NodeKind, record: Record) -> bool:
        """Create a node; False, and nothing changed, if its key exists."""

    def read_record(self, kind: NodeKind, key: str) -> Record | None:
        """A node with all its properties (large ones and those of slots left out), or None."""
        found = self.find_records(kind, {kind.key: key}, limit=1)
        return found[0] if found else None

    @abstractmethod
    def read_large(self, kind: NodeKind, key: str, name: str) -> str | None:
        """A large property of a node; None where there is no such node, or it has none."""

    @abstractmethod
    def find_records(
        self, kind: NodeKind, where: Record | None = None, *, newest_by: str | None = None, limit: int = 1_000
    ) -> list[Record]:
        """Nodes whose properties equal all of `where`, largest `newest_by` first (ties by key), at most `limit`."""

    @abstractmethod
    def read_records(self, kind: NodeKind, keys: Sequence[str]) -> dict[str, Record]:
        """Those of the nodes `keys` that exist, by key."""

    @abstractmethod
    def list_records(self, kind: NodeKind, *, after: str | None, limit: int) -> list[Record]:
        """Nodes in the order of their keys, at most `limit`: from the first on, or from the one after a key."""

    @abstractmethod
    def update_record(self, kind: NodeKind, key: str, changes: Record, *, expected: Record | None = None) -> bool:
        """In one step: if the node exists and its properties equal all of `expected` (None: missing), set `changes`.

        A change to None removes the property. False, and nothing changed, otherwise. Of several callers that expect
        the same, one succeeds.
        """

    # --- pointers ---

    @abstractmethod
    def read_pointer(self, kind: EdgeKind, source: str) -> str | None:
        """The key of the one node that `source` points to through `kind`, or None."""

    @abstractmethod
    def move_pointer(self, kind: EdgeKind, source: str, *, expected: str | None, target: str) -> bool:
        """In one step: if `source` points to `expected` (None: to nothing), make it point to `target` alone.

        `source` is created if it is missing. Where `kind.remembers` names a property, the source keeps `expected`
        there, unless that is None or `target`. False, and nothing changed, otherwise.

        Raises:
            UnknownEndpointsError: `target` does not exist.
        """

    # --- the clock and the revision ---

    @abstractmethod
    def now(self) -> int:
        """The store's clock, in milliseconds since 1970: one clock for all leases, whatever the workers' own say."""

    @abstractmethod
    def bump_revision(self) -> int:
        """Tell every reader that nodes or relationships have changed; returns the new revision."""

    @abstractmethod
    def read_revision(self) -> int:
        """The revision: grows with every `bump_revision`."""
