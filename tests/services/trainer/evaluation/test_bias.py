import numpy as np
import pytest

from services.trainer.data.fold import Rated
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.bias import bias_scores, fit_bias


def test_planted_biases_are_found() -> None:
    # 80 users rate all of 60 movies: 3 stars, and what the user and the movie add.
    rng = np.random.default_rng(0)
    of_users, of_movies = (values - values.mean() for values in (rng.normal(0, 0.5, 80), rng.normal(0, 0.8, 60)))
    users, movies = np.divmod(np.arange(80 * 60), 60)
    lists = UserLists.from_pairs(users, movies, n_users=80, n_movies=60)
    stars = (3 + of_users[users] + of_movies[movies]).astype(np.float32)

    found = fit_bias(Rated(lists, stars))

    assert found.mean == pytest.approx(3.0, abs=1e-5)
    assert found.predict(users, movies) == pytest.approx(stars, abs=0.2)  # a ridge pulls them to the mean
    assert np.corrcoef(found.movies, of_movies)[0, 1] > 0.999


def test_a_user_and_a_movie_without_ratings_have_the_mean() -> None:
    lists = UserLists.from_pairs(np.array([0, 1]), np.array([0, 0]), n_users=3, n_movies=2)

    found = fit_bias(Rated(lists, np.array([5.0, 2.0], np.float32)))

    assert found.predict(np.array([2]), np.array([1])).tolist() == [3.5]


def test_everyone_is_shown_the_best_rated_first() -> None:
    lists = UserLists.from_pairs(np.array([0, 0, 1]), np.array([0, 1, 1]), n_users=2, n_movies=3)

    scores = bias_scores(Rated(lists, np.array([1.0, 5.0, 5.0], np.float32)))(np.array([0, 1]))

    assert scores.argsort(1).tolist() == [[0, 2, 1], [0, 2, 1]]
