"""Stars by the formula, on a model small enough to work out by hand."""

import numpy as np
import pytest

from shared.rating import RatingVectors, RatingWeights

# Two levels of one dimension each, which the dense layer hands through; two movies. The prior stands for one rating.
WEIGHTS = RatingWeights(
    levels=np.array([1, 5], np.float32),
    prior=np.array([0.5, 0.5], np.float32),
    prior_weight=1.0,
    dense=np.eye(2, dtype=np.float32),
    output_mix=np.array([[0], [1]], np.float32),
)
VECTORS = RatingVectors(
    inputs=np.array([[1, 2], [3, -4]], np.float32), outputs=np.array([[0, 0], [0, 2]], np.float32), weights=WEIGHTS
)


def encode(movies: list[int], stars: list[float]) -> list[float]:
    user: list[float] = VECTORS.encode([np.array(movies, np.int64)], [np.array(stars)])[0].tolist()
    return user


def test_a_rating_adds_the_movies_vector_of_its_level() -> None:
    assert encode([0], [1.0]) == [(0.5 + 1) / 2, 0.5 / 2]
    assert encode([0], [5.0]) == [0.5 / 2, (0.5 + 2) / 2]


def test_two_ratings_of_one_level_both_count_and_what_is_below_zero_is_cut_off() -> None:
    assert encode([0, 1], [1.0, 1.0]) == pytest.approx([4.5 / 3, 0.5 / 3])
    assert encode([1], [5.0]) == [0.25, 0.0]


def test_who_has_rated_nothing_is_the_prior() -> None:
    assert encode([], []) == [0.5, 0.5]


def test_each_user_is_encoded_as_if_they_were_alone() -> None:
    both = VECTORS.encode([np.array([0]), np.array([], np.int64)], [np.array([1.0]), np.array([])])

    assert both.tolist() == [encode([0], [1.0]), encode([], [])]


def test_stars_and_the_chance_of_a_like_come_from_the_softmax_over_levels() -> None:
    users, movies = np.array([[0, 1], [0, 1]], np.float32), np.array([0, 1])

    found = VECTORS.probabilities(users, movies)

    five = 1 / (1 + np.exp(-2.0))  # the logits of movie 1 are 0 and 2, those of movie 0 are equal
    assert found == pytest.approx(np.array([[0.5, 0.5], [1 - five, five]]))
    assert VECTORS.stars(found) == pytest.approx([3.0, 1 + 4 * five])
    assert VECTORS.like_probability(found, 4.0) == pytest.approx([0.5, five])
    assert VECTORS.like_probability(found, 1.0) == pytest.approx([1.0, 1.0])


def test_weights_are_the_same_after_a_way_through_json() -> None:
    again = RatingWeights.from_json(WEIGHTS.as_json())

    assert again.dense.tolist() == WEIGHTS.dense.tolist()
    assert again.prior.tolist() == WEIGHTS.prior.tolist()
    assert again.output_mix.tolist() == WEIGHTS.output_mix.tolist()
    assert (again.levels.tolist(), again.prior_weight) == ([1, 5], 1.0)
