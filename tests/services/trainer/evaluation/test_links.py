"""Links against non-links, where the answer is known."""

import numpy as np
import pytest

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.baselines import popularity
from services.trainer.evaluation.links import judge_links
from shared.ids import Rows
from shared.scoring import Floats


def popular_fold() -> Fold:
    """600 users of 300 movies, six likes each at random, movie j in proportion to (j + 1) ^ -.6; two are held out."""
    random = np.random.default_rng(5)
    chances = np.arange(1, 301) ** -0.6
    picks = np.concatenate([random.choice(300, 6, replace=False, p=chances / chances.sum()) for _ in range(600)])
    users = np.repeat(np.arange(600), 6)
    held = np.tile(np.arange(6) >= 4, 600)
    lists = [UserLists.from_pairs(users[m], picks[m], n_users=600, n_movies=300) for m in (~held, held)]
    return Fold(lists[0], lists[0], lists[1])


def test_scores_that_know_what_is_held_out_are_perfect_in_every_figure() -> None:
    fold = popular_fold()

    def know(users: Rows) -> Floats:
        return np.asarray(fold.held_out.take(users).matrix().toarray(), np.float32)

    assert set(judge_links(know, fold).values()) == {1.0}


def test_popularity_is_ahead_of_chance_only_while_the_non_links_are_any_movies() -> None:
    fold = popular_fold()

    found = judge_links(popularity(fold.likes), fold)

    assert found["roc_auc"] > 0.65
    assert found["roc_auc_degree_matched"] == pytest.approx(0.5, abs=0.05)
    assert found["average_precision_degree_matched"] == pytest.approx(0.5, abs=0.05)


def test_constant_scores_are_chance() -> None:
    found = judge_links(lambda users: np.zeros((len(users), 300), np.float32), popular_fold())

    assert list(found.values()) == pytest.approx([0.5] * 4)


def test_whoever_has_a_link_with_every_movie_is_left_out() -> None:
    likes = UserLists.from_pairs(np.array([0, 1]), np.array([0, 0]), n_users=2, n_movies=3)
    held_out = UserLists.from_pairs(np.array([0, 0, 1]), np.array([1, 2, 1]), n_users=2, n_movies=3)

    def score(users: Rows) -> Floats:
        return np.tile(np.array([0, 2, 1], np.float32), (len(users), 1))

    found = judge_links(score, Fold(likes, likes, held_out))

    assert found["roc_auc"] == 1.0  # user 1 alone: movie 1 against movie 2
