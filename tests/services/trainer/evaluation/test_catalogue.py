"""Five movies: what is shown of them, worked out by hand."""

import numpy as np
import pytest

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.catalogue import Catalogue, describe_rankings, diversity, gini, recall_by_decile
from services.trainer.evaluation.metrics import Rankings
from shared.scoring import normalise

# Of four users, all like movie 0, two like 1, one likes 2; nobody likes 3 and 4.
LIKES = UserLists.from_pairs(np.array([0, 1, 2, 3, 0, 1, 2]), np.array([0, 0, 0, 0, 1, 1, 2]), n_users=4, n_movies=5)
RANKINGS = Rankings(np.array([0, 1]), np.array([[0, 1, 3], [0, 2, -1]]))


def test_coverage_novelty_and_gini_by_hand() -> None:
    found = describe_rankings(RANKINGS, Catalogue.of(LIKES), 2)

    assert found["coverage_at_2"] == pytest.approx(3 / 5)
    assert found["novelty_at_2"] == pytest.approx((0 + 1 + 0 + 2) / 4)  # bits: 4/4, 2/4, 4/4 and 1/4 of the users
    # Shown 2, 1, 1, 0, 0 times: the mean difference of the 25 pairs, over twice the mean.
    pairs = np.abs(np.subtract.outer([2, 1, 1, 0, 0], [2, 1, 1, 0, 0])).mean()
    assert found["gini_at_2"] == pytest.approx(pairs / (2 * 0.8))


def test_novelty_counts_a_movie_without_likes_as_having_one() -> None:
    alone = Rankings(np.array([0]), np.array([[3]]))

    assert describe_rankings(alone, Catalogue.of(LIKES), 1)["novelty_at_1"] == pytest.approx(2.0)


def test_diversity_is_the_mean_distance_of_all_pairs() -> None:
    vectors = normalise(np.random.default_rng(0).standard_normal((5, 8)).astype(np.float32))
    best = np.array([[0, 3, 4], [1, 2, -1]])
    distances = 1 - vectors @ vectors.T
    first = (distances[0, 3] + distances[0, 4] + distances[3, 4]) / 3

    assert diversity(best, vectors) == pytest.approx((first + distances[1, 2]) / 2, abs=1e-5)


def test_directions_are_as_far_apart_as_the_users_of_two_movies() -> None:
    rng = np.random.default_rng(1)
    likes = UserLists.from_pairs(rng.integers(0, 400, 6_000), rng.integers(0, 20, 6_000), n_users=400, n_movies=20)
    columns = normalise(likes.matrix().toarray().T)
    cosines = columns @ columns.T

    found = Catalogue.of(likes).directions

    assert np.abs(found @ found.T - cosines).mean() < 0.08  # 128 random directions
    assert (1 - found @ found.T)[np.triu_indices(20, 1)].mean() == pytest.approx(
        (1 - cosines)[np.triu_indices(20, 1)].mean(), abs=0.05
    )


def test_a_list_of_twins_is_not_diverse_and_one_of_strangers_is() -> None:
    likes = UserLists.from_pairs(np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3]), n_users=2, n_movies=5)
    directions = Catalogue.of(likes).directions

    assert diversity(np.array([[0, 1]]), directions) == pytest.approx(0.0, abs=1e-6)
    assert diversity(np.array([[0, 4]]), directions) == pytest.approx(1.0)  # nobody likes movie 4
    assert diversity(np.array([[0, -1]]), directions) == 0.0


def test_ginis_coefficient_of_nothing_shown_is_zero() -> None:
    assert gini(np.zeros(4, np.int64)) == 0.0


def test_recall_by_decile_tells_the_known_from_the_unknown() -> None:
    # Ten movies with 0 to 9 likes: one in each decile. The best-known is found, the least-known is not.
    movies = np.repeat(np.arange(10), np.arange(10))
    users = np.concatenate([np.arange(count) for count in range(10)])
    likes = UserLists.from_pairs(users, movies, n_users=12, n_movies=10)
    held_out = UserLists.from_pairs(np.array([10, 10, 11]), np.array([9, 0, 9]), n_users=12, n_movies=10)
    rankings = Rankings(np.array([10, 11]), np.array([[9, 8], [8, 7]]))

    found = recall_by_decile(rankings, Catalogue.of(likes), Fold(likes, likes, held_out), 2)

    assert found[9] == {"held_out": 2, "recall": 0.5}
    assert found[0] == {"held_out": 1, "recall": 0.0}
    assert found[5] == {"held_out": 0, "recall": None}
