"""Relationships read by ranges of sources, so that each batch holds about as many as are wanted."""

from collections.abc import Callable, Iterator
from typing import Final

from shared.graph.port import Columns, EdgeBatch, NodeTable
from shared.ids import Rows

BATCH_EDGES: Final = 500_000
_FIRST_NODES: Final = 256  # 256 users of MovieLens have 40,000 ratings
_MAX_GROWTH: Final = 8

ReadRange = Callable[[int, int], tuple[Rows, Rows, Columns]]
"""Reads the relationships of the sources in rows [start, end): rows of sources, rows of targets, columns."""


def read_by_ranges(sources: NodeTable, read: ReadRange, wanted: int = BATCH_EDGES) -> Iterator[EdgeBatch]:
    """All relationships of `sources`, a batch for each range: how full one is decides how wide the next is."""
    start, size = 0, _FIRST_NODES
    while start < len(sources):
        end = min(start + size, len(sources))
        source_rows, target_rows, columns = read(start, end)
        yield EdgeBatch(source_rows, target_rows, columns, end / len(sources))
        growth = wanted / len(source_rows) if len(source_rows) else _MAX_GROWTH
        size = max(1, int((end - start) * min(growth, _MAX_GROWTH)))
        start = end
