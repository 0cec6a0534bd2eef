"""Ranges of sources to read a kind of relationship by, so that each batch holds about as many as are wanted."""

from collections.abc import Generator
from typing import Final

from shared.graph.port import NodeTable

BATCH_EDGES: Final = 500_000
_FIRST_NODES: Final = 256  # 256 users of MovieLens have 40,000 ratings
_MAX_GROWTH: Final = 8


def source_ranges(sources: NodeTable, wanted: int = BATCH_EDGES) -> Generator[tuple[int, int], int, None]:
    """Yield ranges of rows [start, end); send back how many relationships each held, which sets the next one's size."""
    start, size = 0, _FIRST_NODES
    while start < len(sources):
        end = min(start + size, len(sources))
        found = yield start, end
        growth = wanted / found if found else _MAX_GROWTH
        size = max(1, int((end - start) * min(growth, _MAX_GROWTH)))
        start = end
