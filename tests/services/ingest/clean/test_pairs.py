import numpy as np

from services.ingest.clean.pairs import PairIndex
from shared.ids import Rows


def rows(*values: int) -> Rows:
    return np.array(values, np.int64)


def test_a_pair_that_came_before_is_found_within_a_block_and_across_blocks() -> None:
    index = PairIndex()

    assert index.repeated(rows(0, 0, 1, 0), rows(5, 6, 5, 5)).tolist() == [False, False, False, True]
    assert index.repeated(rows(1, 2, 0), rows(5, 5, 7)).tolist() == [True, False, False]
    assert index.repeated(rows(0, 2), rows(7, 5)).tolist() == [True, True]


def test_an_empty_block_changes_nothing() -> None:
    index = PairIndex()

    assert index.repeated(rows(), rows()).tolist() == []
    assert index.repeated(rows(0), rows(0)).tolist() == [False]


def test_the_count_is_exact_in_whatever_order_the_pairs_come() -> None:
    rng = np.random.default_rng(0)
    users, movies = rng.integers(0, 50, 5_000), rng.integers(0, 60, 5_000)
    _, users = np.unique(users, return_inverse=True)
    distinct = len(set(zip(users.tolist(), movies.tolist(), strict=True)))
    index = PairIndex()

    found = [index.repeated(users[start : start + 100], movies[start : start + 100]) for start in range(0, 5_000, 100)]

    assert np.concatenate(found).sum() == 5_000 - distinct
    assert index.is_complete


def test_memory_is_bounded_and_the_index_says_when_it_forgets() -> None:
    index = PairIndex(max_pairs=4)
    index.repeated(rows(0, 1, 2), rows(0, 0, 0))

    assert index.repeated(rows(3, 4, 0), rows(0, 0, 0)).tolist() == [False, False, True]
    assert not index.is_complete
    assert index.repeated(rows(3, 1, 3), rows(0, 0, 0)).tolist() == [False, True, True]
