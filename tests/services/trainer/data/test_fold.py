import numpy as np

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists

ONE_EACH = UserLists.from_pairs(np.arange(10), np.zeros(10, np.int64), n_users=10, n_movies=3)
FOLD = Fold(ONE_EACH, ONE_EACH, UserLists.from_pairs(np.arange(10), np.full(10, 2), n_users=10, n_movies=3))


def test_fewer_users_are_asked_for_and_all_are_still_known() -> None:
    fewer = FOLD.of_fewer_users(4)

    assert fewer.users().tolist() == [0, 3, 6, 9]
    assert len(fewer.likes) == 10
    assert FOLD.of_fewer_users(10) is FOLD


def test_users_are_encoded_from_what_is_trained_on_unless_they_are_new() -> None:
    histories = ONE_EACH.take(np.arange(10)[::-1])

    assert FOLD.encoded() is FOLD.likes
    assert Fold(FOLD.likes, FOLD.seen, FOLD.held_out, histories=histories).encoded() is histories


def test_without_stars_nothing_is_known_of_ratings() -> None:
    assert FOLD.rated() is None
