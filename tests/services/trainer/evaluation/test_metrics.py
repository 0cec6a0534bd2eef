"""Five movies and two users, worked out by hand."""

import numpy as np
import pytest

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import Metrics, evaluate, rank
from shared.ids import Rows
from shared.scoring import Floats

SCORES = np.array([[0.9, 0.8, 0.7, 0.6, 0.5], [0.1, 0.2, 0.3, 0.4, 0.5], [0.0, 0.0, 0.0, 0.0, 1.0]], np.float32)


def lists(*movies: list[int], n_movies: int = 5) -> UserLists:
    users = np.repeat(np.arange(len(movies)), [len(m) for m in movies])
    return UserLists.from_pairs(
        users, np.array([m for user in movies for m in user], np.int64), n_users=len(movies), n_movies=n_movies
    )


def scores(users: Rows) -> Floats:
    return SCORES[users]


FOLD = Fold(likes=lists([0], [4], []), seen=lists([0], [4, 3], []), held_out=lists([2, 4], [0], []))


def test_movies_that_were_seen_are_left_out_of_a_ranking() -> None:
    assert rank(scores, FOLD, np.array([0, 1]), 2).tolist() == [[1, 2], [2, 1]]


def test_a_ranking_ends_where_there_are_no_more_movies() -> None:
    assert rank(scores, FOLD, np.array([1]), 5).tolist() == [[2, 1, 0, -1, -1]]


def test_metrics_of_a_case_worked_out_by_hand() -> None:
    # User 0 gets 1, 2, 3 and holds out 2 and 4: one of two found, in the second place. User 1 gets 2, 1, 0 and holds
    # out 0: found in the third place. User 2 holds nothing out. Of the five movies, 4 is never shown, so 4/5 are.
    ndcg_0 = (1 / np.log2(3)) / (1 / np.log2(2) + 1 / np.log2(3))
    ndcg_1 = 1 / np.log2(4)

    found = evaluate(scores, FOLD, k=3)

    assert found.recall == pytest.approx((0.5 + 1) / 2)
    assert found.ndcg == pytest.approx((ndcg_0 + ndcg_1) / 2)
    assert found.hit_rate == 1.0
    assert found.coverage == pytest.approx(4 / 5)


def test_the_ideal_holds_no_more_than_k_movies() -> None:
    fold = Fold(likes=lists([]), seen=lists([]), held_out=lists([0, 1, 2, 3, 4]))

    found = evaluate(scores, fold, k=2)

    assert found == Metrics(recall=2 / 5, ndcg=1.0, hit_rate=1.0, coverage=2 / 5)


def test_metrics_are_named_by_the_length_of_the_rankings() -> None:
    assert Metrics(0.1, 0.2, 0.3, 0.4).named(10) == {
        "recall_at_10": 0.1,
        "ndcg_at_10": 0.2,
        "hit_rate_at_10": 0.3,
        "coverage_at_10": 0.4,
    }


def test_what_a_scorer_hands_out_is_not_changed() -> None:
    mine = SCORES.copy()

    evaluate(lambda users: mine[: len(users)], FOLD, k=2)

    assert (mine == SCORES).all()
