import numpy as np

from services.trainer.data.lists import UserLists

LISTS = UserLists.from_pairs(np.array([2, 0, 2, 2]), np.array([3, 1, 0, 3]), n_users=4, n_movies=5)


def test_pairs_become_ascending_lists_without_repetition() -> None:
    assert [movies.tolist() for movies in LISTS.each()] == [[1], [], [0, 3], []]
    assert len(LISTS) == 3
    assert LISTS.users().tolist() == [0, 2, 2]


def test_lengths_and_counts_cover_those_without_any() -> None:
    assert LISTS.lengths().tolist() == [1, 0, 2, 0]
    assert LISTS.counts().tolist() == [1, 1, 0, 1, 0]


def test_some_users_are_taken_in_the_order_asked_for() -> None:
    taken = LISTS.take(np.array([2, 1, 0, 2]))

    assert [movies.tolist() for movies in taken.each()] == [[0, 3], [], [1], [0, 3]]


def test_entries_are_kept_one_by_one() -> None:
    kept = LISTS.keep(np.array([False, False, True]))

    assert [movies.tolist() for movies in kept.each()] == [[], [], [3], []]


def test_a_union_holds_what_is_in_either_once() -> None:
    other = UserLists.from_pairs(np.array([0, 2]), np.array([1, 4]), n_users=4, n_movies=5)

    assert [movies.tolist() for movies in LISTS.union(other).each()] == [[1], [], [0, 3, 4], []]


def test_the_matrix_has_a_one_for_each_entry() -> None:
    assert LISTS.matrix().toarray().tolist() == [[0, 1, 0, 0, 0], [0] * 5, [1, 0, 0, 1, 0], [0] * 5]
