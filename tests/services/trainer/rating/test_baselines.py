"""Biases that can be worked out by hand."""

import numpy as np
import pytest

from services.trainer.data.ratings import Ratings
from services.trainer.rating.baselines import BiasModel


def test_planted_biases_are_found() -> None:
    users, movies = np.repeat(np.arange(200), 100), np.tile(np.arange(100), 200)
    of_users, of_movies = np.linspace(-1, 1, 200), np.linspace(-0.5, 0.5, 100)
    stars = 3 + of_users[users] + of_movies[movies]

    found = BiasModel.fit(Ratings(users, movies, stars.astype(np.float32), 200, 100))

    assert found.mean == pytest.approx(3, abs=1e-4)
    assert found.users * 1.05 == pytest.approx(of_users, abs=0.01)  # five ratings of no bias beside a hundred
    assert found.movies * 1.01 == pytest.approx(of_movies, abs=0.01)


def test_a_user_and_a_movie_without_ratings_get_the_mean() -> None:
    known = Ratings(np.array([0, 0]), np.array([0, 1]), np.array([2.0, 4.0], np.float32), 2, 3)
    unknown = Ratings(np.array([1]), np.array([2]), np.zeros(1, np.float32), 2, 3)

    assert BiasModel.fit(known).predict(unknown).tolist() == [3.0]
