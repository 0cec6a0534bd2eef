"""Biases that can be worked out by hand."""

import numpy as np
import pytest

from services.trainer.data.ratings import Ratings
from services.trainer.evaluation.bias import Bias


def test_planted_biases_are_found() -> None:
    # 80 users rate all of 60 movies: 3 stars, and what the user and the movie add.
    rng = np.random.default_rng(0)
    of_users, of_movies = (values - values.mean() for values in (rng.normal(0, 0.5, 80), rng.normal(0, 0.8, 60)))
    users, movies = np.divmod(np.arange(80 * 60), 60)
    stars = (3 + of_users[users] + of_movies[movies]).astype(np.float32)

    found = Bias.fit(Ratings(users, movies, stars, 80, 60))

    assert found.mean == pytest.approx(3.0, abs=1e-5)
    assert found.predict(users, movies) == pytest.approx(stars, abs=0.2)  # a ridge pulls them to the mean
    assert np.corrcoef(found.movies, of_movies)[0, 1] > 0.999


def test_a_ridge_counts_as_ratings_of_no_bias() -> None:
    users, movies = np.repeat(np.arange(200), 100), np.tile(np.arange(100), 200)
    of_users, of_movies = np.linspace(-1, 1, 200), np.linspace(-0.5, 0.5, 100)
    stars = 3 + of_users[users] + of_movies[movies]

    found = Bias.fit(Ratings(users, movies, stars.astype(np.float32), 200, 100), movie_ridge=2.0)

    assert found.mean == pytest.approx(3, abs=1e-4)
    assert found.users * 1.05 == pytest.approx(of_users, abs=0.01)  # five ratings of no bias beside a hundred
    assert found.movies * 1.01 == pytest.approx(of_movies, abs=0.01)


def test_a_user_and_a_movie_without_ratings_have_the_mean() -> None:
    found = Bias.fit(Ratings(np.array([0, 1]), np.array([0, 0]), np.array([5.0, 2.0], np.float32), 3, 2))

    assert found.predict(np.array([2]), np.array([1])).tolist() == [3.5]


def test_everyone_is_shown_the_best_rated_first() -> None:
    known = Ratings(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([1.0, 5.0, 5.0], np.float32), 2, 3)

    scores = Bias.fit(known)(np.array([0, 1]))

    assert scores.argsort(1).tolist() == [[0, 2, 1], [0, 2, 1]]
