"""Ranges of sources cover all of them once, and aim at batches of a size."""

import numpy as np

from shared.graph.columns import objects
from shared.graph.port import Columns, NodeTable
from shared.graph.ranges import read_by_ranges
from shared.ids import Rows
from shared.schema import USER


def cut(nodes: int, edges_of_each: int, wanted: int) -> list[tuple[int, int]]:
    """The ranges by which so many nodes with so many relationships each are read."""
    ranges: list[tuple[int, int]] = []

    def read(start: int, end: int) -> tuple[Rows, Rows, Columns]:
        ranges.append((start, end))
        rows = np.zeros((end - start) * edges_of_each, np.int64)
        return rows, rows, {}

    table = NodeTable(USER, objects([""] * nodes), np.arange(nodes))
    fractions = [batch.fraction for batch in read_by_ranges(table, read, wanted)]
    assert fractions == [end / nodes for _, end in ranges]
    return ranges


def test_every_node_is_in_one_range() -> None:
    ranges = cut(10_000, edges_of_each=20, wanted=4_000)

    assert [start for start, _ in ranges] == [0, *(end for _, end in ranges[:-1])]
    assert ranges[-1][1] == 10_000


def test_ranges_soon_hold_as_many_relationships_as_are_wanted() -> None:
    sizes = [end - start for start, end in cut(100_000, edges_of_each=20, wanted=40_000)]

    assert set(sizes[1:-1]) == {2_000}


def test_nodes_without_relationships_are_passed_in_ever_larger_ranges() -> None:
    assert len(cut(1_000_000, edges_of_each=0, wanted=500_000)) < 7


def test_a_node_with_more_than_is_wanted_has_a_range_of_its_own() -> None:
    assert [end - start for start, end in cut(260, edges_of_each=1_000, wanted=10)] == [256, 1, 1, 1, 1]


def test_no_nodes_have_no_ranges() -> None:
    assert cut(0, edges_of_each=1, wanted=1) == []
