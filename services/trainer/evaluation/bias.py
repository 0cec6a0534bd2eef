"""The baseline of stars: a mean, and what each user and each movie adds to it (Koren, KDD 2008)."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from services.trainer.data.fold import Rated
from services.trainer.evaluation.metrics import Scores
from shared.ids import Rows
from shared.scoring import Floats

_SWEEPS: Final = 10
_USER_RIDGE: Final = 5.0  # ratings' worth of a bias of nothing; see `fit_bias`
_MOVIE_RIDGE: Final = 3.0


@dataclass(frozen=True, slots=True)
class Bias:
    """Predicted stars: mean + users[u] + movies[i], float32[n_users] and float32[n_movies]; 0 of who is unknown."""

    mean: float
    users: Floats
    movies: Floats

    def predict(self, users: Rows, movies: Rows) -> Floats:
        """Stars of pairs int64[n]: float32[n]. They may lie outside of the scale."""
        stars: Floats = self.mean + self.users[users] + self.movies[movies]
        return stars.astype(np.float32)

    def scores(self, users: Rows) -> Floats:
        """Predicted stars of all movies: float32[b, n_movies]. All users' order is the same."""
        return (self.mean + self.users[users, None] + self.movies).astype(np.float32)


def fit_bias(rated: Rated) -> Bias:
    """Least squares with a ridge, by alternating between users and movies."""
    lists, stars = rated.lists, rated.stars.astype(np.float64)
    users, movies = lists.users(), lists.movies
    mean = float(stars.mean())
    of_users, of_movies = np.zeros(lists.n_users), np.zeros(lists.n_movies)
    for _ in range(_SWEEPS):
        rest = stars - mean - of_users[users]
        of_movies = np.bincount(movies, rest, lists.n_movies) / (lists.counts() + _MOVIE_RIDGE)
        rest = stars - mean - of_movies[movies]
        of_users = np.bincount(users, rest, lists.n_users) / (lists.lengths() + _USER_RIDGE)
    return Bias(mean, of_users.astype(np.float32), of_movies.astype(np.float32))


def bias_scores(rated: Rated) -> Scores:
    """Rankings by predicted stars, well-known or not: what follows from taking a rating for a ranking."""
    return fit_bias(rated).scores
