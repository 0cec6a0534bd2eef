"""Which rows win, what is missing, and what is refused, before a store sees any of it."""

import numpy as np
import pytest

from shared.graph.columns import codes, from_values, last_of_each, objects, to_record, to_values, winning_rows
from shared.graph.port import EdgeBatch, NodeTable
from shared.schema import IN_GENRE, JOB, MISSING_INT, MOVIE, RATED, USER, PropertyType


def test_rows_are_ordered_by_source_then_target() -> None:
    sources, targets = np.array([2, 1, 2, 1]), np.array([0, 5, 3, 4])

    assert winning_rows(IN_GENRE, sources, targets, {}).tolist() == [3, 1, 0, 2]


def test_of_equal_pairs_the_latest_wins_and_of_equally_late_ones_the_last() -> None:
    ends = np.zeros(4, np.int64)
    times = np.array([5, 9, MISSING_INT, 9])

    assert winning_rows(RATED, ends, ends, {"ratedAt": times}).tolist() == [3]
    assert winning_rows(RATED, ends, ends, {}).tolist() == [3]


def test_no_rows_have_no_winner() -> None:
    nothing = np.empty(0, np.int64)

    assert winning_rows(RATED, nothing, nothing, {"ratedAt": nothing}).tolist() == []


def test_the_last_of_each_key_is_found() -> None:
    assert last_of_each(objects(["a", "b", "a", "c", "b"])) is not None
    rows = last_of_each(objects(["a", "b", "a", "c", "b"]))
    assert rows is not None
    assert rows.tolist() == [2, 3, 4]
    assert last_of_each(objects(["a", "b"])) is None


def test_codes_number_keys_by_their_first_row() -> None:
    distinct, rows = codes(objects(["x", "a", "x", "b"]))

    assert (distinct.tolist(), rows.tolist()) == (["x", "a", "b"], [0, 1, 0, 2])


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (PropertyType.STRING, ["a", None, ""]),
        (PropertyType.INT, [1, None, -3]),
        (PropertyType.INT, [1, 2]),
        (PropertyType.FLOAT, [0.5, None]),
        (PropertyType.BOOL, [True, False]),
        (PropertyType.INT, []),
    ],
)
def test_values_and_columns_turn_into_each_other(type_: PropertyType, values: list[object]) -> None:
    assert to_values(from_values(values, type_), type_) == values


def test_a_missing_truth_is_false() -> None:
    assert from_values([None, True], PropertyType.BOOL).tolist() == [False, True]


def test_a_record_has_every_property_and_real_booleans() -> None:
    record = to_record(JOB, {"jobId": "j", "cancelRequested": 1, "fence": 2})

    assert record["cancelRequested"] is True
    assert (record["fence"], record["owner"]) == (2, None)


def test_handles_find_their_rows_and_strangers_none() -> None:
    table = NodeTable(USER, objects(["a", "b"]), np.array([3, 8]))

    assert table.rows_of_handles(np.array([8, 3, 4, 9, 1])).tolist() == [1, 0, -1, -1, -1]
    empty = NodeTable(USER, objects([]), np.empty(0, np.int64))
    assert empty.rows_of_handles(np.array([1])).tolist() == [-1]


@pytest.mark.parametrize(
    ("first", "end", "keys"),
    [(0, None, ["a", "b", "c"]), (3, 8, ["a"]), (4, 9, ["b"]), (8, None, ["b", "c"]), (10, 20, [])],
)
def test_a_range_of_handles_is_a_part_of_the_table(first: int, end: int | None, keys: list[str]) -> None:
    columns = {"year": np.array([1, 2, 3])}
    table = NodeTable(MOVIE, objects(["a", "b", "c"]), np.array([3, 8, 9]), columns)

    part = table.between(first, end)

    assert part.keys.tolist() == keys
    assert part.handles.tolist() == [
        handle for handle in (3, 8, 9) if first <= handle and (end is None or handle < end)
    ]
    assert len(part.columns["year"]) == len(keys)


def test_batches_are_joined_and_none_gives_empty_columns_of_their_types() -> None:
    one = EdgeBatch(np.array([0]), np.array([1]), {"rating": np.array([2.5])})

    both = EdgeBatch.concatenate([one, one], RATED, ("rating",))
    none = EdgeBatch.concatenate([], RATED, ("rating", "ratedAt"))

    assert both.columns["rating"].tolist() == [2.5, 2.5]
    assert len(none) == 0
    assert [column.dtype.name for column in none.columns.values()] == ["float64", "int64"]
