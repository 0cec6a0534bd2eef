"""The baseline of stars: a mean, and what each user and each movie adds to it (Koren, KDD 2008)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from services.trainer.data.fold import Fold
from services.trainer.data.ratings import Ratings
from services.trainer.evaluation.metrics import Scores
from services.trainer.evaluation.pointwise import mae, rmse
from shared.ids import Rows
from shared.scoring import Floats

_SWEEPS: Final = 10  # of 5, 10 and 20 the RMSE is .9416, .9413 and .9411 (u1.base as below, ridges of 10 and 5)
_USER_RIDGE: Final = 5.0
_MOVIE_RIDGE: Final = 3.0

Stars = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bias:
    """Predicted stars: mean + users[u] + movies[i], float64[n_users] and float64[n_movies]; 0 of who is unknown."""

    mean: float
    users: Stars
    movies: Stars

    @classmethod
    def fit(cls, known: Ratings, *, movie_ridge: float = _MOVIE_RIDGE) -> "Bias":
        """Least squares, movies and users in turn, each as if it had a ridge's worth more ratings of no bias."""
        mean = float(known.stars.mean(dtype=np.float64))
        users, movies = np.zeros(known.n_users), np.zeros(known.n_movies)
        rest = known.stars.astype(np.float64) - mean
        for _ in range(_SWEEPS):
            movies = _means(known.movies, rest - users[known.users], known.n_movies, movie_ridge)
            users = _means(known.users, rest - movies[known.movies], known.n_users, _USER_RIDGE)
        return cls(mean, users, movies)

    def predict(self, users: Rows, movies: Rows) -> Stars:
        """Stars of pairs int64[n]: float64[n]. They may lie outside of the scale."""
        stars: Stars = self.mean + self.users[users] + self.movies[movies]
        return stars

    def __call__(self, users: Rows) -> Floats:
        """Predicted stars of all movies, as `Scores`: float32[b, n_movies]. All users' order is the same."""
        return (self.mean + self.users[users, None] + self.movies).astype(np.float32)


def _means(rows: Rows, values: Stars, size: int, ridge: float) -> Stars:
    """The mean of the values of each row, as if it had `ridge` more of them that are zero: float64[size]."""
    sums: Stars = np.bincount(rows, values, size) / (np.bincount(rows, minlength=size) + ridge)
    return sums


def judge_stars(scores: Scores, fold: Fold) -> dict[str, float]:
    """`rmse` and `mae` on the ratings that are held out, where the scores are predicted stars, and there are some."""
    if not isinstance(scores, Bias) or fold.asked is None or not len(fold.asked.lists):
        return {}
    asked = Ratings.of(fold.asked)
    predicted = scores.predict(asked.users, asked.movies)
    return {"rmse": rmse(predicted, asked.stars), "mae": mae(predicted, asked.stars)}
