"""Five movies and two users, worked out by hand; and random rankings, against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, label_ranking_average_precision_score, ndcg_score, recall_score

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import Metrics, Rankings, evaluate, rank, rank_users, score_rankings
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

    assert found.recall == pytest.approx(2 / 5)
    assert (found.ndcg, found.hit_rate, found.coverage) == (1.0, 1.0, 2 / 5)


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


def test_every_users_figures_of_the_same_case_by_hand() -> None:
    found = score_rankings(rank_users(scores, FOLD, 3), FOLD.held_out, [1, 3])

    # User 0: 1, then 2, which is held out with 4. User 1: 2, 1, then 0, which is held out alone.
    by_hand = {
        "recall_at_3": [1 / 2, 1.0],
        "precision_at_3": [1 / 3, 1 / 3],
        "ndcg_at_3": [(1 / np.log2(3)) / (1 + 1 / np.log2(3)), 1 / 2],
        "map_at_3": [(1 / 2) / 2, 1 / 3],
        "mrr_at_3": [1 / 2, 1 / 3],
        "hit_rate_at_3": [1.0, 1.0],
        "recall_at_1": [0.0, 0.0],
        "mrr_at_1": [0.0, 0.0],
    }
    for name, values in by_hand.items():
        assert found[name].dtype == np.float32
        assert found[name] == pytest.approx(values), name


def test_figures_are_those_of_an_independent_library() -> None:
    rng = np.random.default_rng(2)
    n_users, n_movies, k = 50, 40, 10
    given = rng.permuted(np.tile(np.arange(n_movies, dtype=np.float32), (n_users, 1)), axis=1)  # no two are equal
    relevant = rng.random((n_users, n_movies)) < 0.2
    relevant[:, 0] = True
    users, movies = np.nonzero(relevant)
    held_out = UserLists.from_pairs(users, movies, n_users=n_users, n_movies=n_movies)
    nothing = held_out.keep(np.zeros(len(held_out), np.bool_))
    rankings = rank_users(lambda rows: given[rows], Fold(nothing, nothing, held_out), n_movies)

    found = score_rankings(rankings, held_out, [k, n_movies])

    best = given >= n_movies - k
    for user in range(n_users):
        true, own = relevant[user], given[user]
        first = np.arange(n_movies) == np.where(true, own, -1).argmax()
        assert found["recall_at_10"][user] == pytest.approx(recall_score(true, best[user]))
        assert found["precision_at_10"][user] == pytest.approx((true & best[user]).sum() / k)
        assert found["ndcg_at_10"][user] == pytest.approx(ndcg_score([true], [own], k=k))
        assert found["map_at_40"][user] == pytest.approx(average_precision_score(true, own))
        assert found["mrr_at_40"][user] == pytest.approx(label_ranking_average_precision_score([first], [own]))
    assert found["hit_rate_at_10"].tolist() == (relevant & best).any(1).tolist()


def test_the_best_possible_ranking_has_the_best_figures_however_much_is_held_out() -> None:
    held_out = lists([0, 1, 2, 3, 4], [2])
    found = score_rankings(Rankings(np.array([0, 1]), np.array([[3, 1], [2, 0]])), held_out, [2])

    assert [found[name].tolist() for name in ("ndcg_at_2", "map_at_2", "mrr_at_2")] == [[1.0, 1.0]] * 3


def test_candidates_alone_are_ranked() -> None:
    fold = Fold(FOLD.likes, FOLD.seen, FOLD.held_out, candidates=np.array([True, False, True, False, True]))

    assert rank(scores, fold, np.array([0, 1]), 3).tolist() == [[2, 4, -1], [2, 0, -1]]
