"""Item-kNN: a movie's score is the sum of its similarities to what a user likes (Sarwar et al., WWW 2001)."""

from typing import Final

import numpy as np
from scipy.sparse import csr_array

from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import Scores
from shared.ids import Rows
from shared.scoring import Floats, top_k

SHRINK: Final = 10.0  # likes in common that a cosine is shrunk by, so that two shared ones do not make the best friends
_ENTRIES_AT_ONCE: Final = 4_000_000


class Neighbours:
    """The nearest movies of each movie, for any number of them up to `most`.

    cos_ij = |users who like both| / (sqrt(n_i n_j) + shrink).
    """

    def __init__(self, likes: UserLists, most: int) -> None:
        self._n_movies = likes.n_movies
        self._nearest, self._cosines = _nearest(likes, min(most, max(likes.n_movies - 1, 1)))

    def scores(self, likes: UserLists, count: int) -> Scores:
        """Scores for users who like `likes`, by the `count` nearest of each movie that they like."""
        nearest, cosines = self._nearest[:, :count], self._cosines[:, :count]
        starts = np.arange(self._n_movies + 1) * nearest.shape[1]
        shape = (self._n_movies, self._n_movies)
        weights = csr_array(csr_array((cosines.ravel(), nearest.ravel(), starts), shape=shape).T)
        matrix = likes.matrix()
        return lambda users: (matrix[users] @ weights).toarray()


def _nearest(likes: UserLists, most: int) -> tuple[Rows, Floats]:
    """Movies and cosines, best first: int64 and float32 [n_movies, most]. Some movies at a time."""
    matrix = likes.matrix()
    by_movie = csr_array(matrix.T)
    roots = np.sqrt(likes.counts()).astype(np.float32)
    nearest, cosines = np.empty((likes.n_movies, most), np.int64), np.empty((likes.n_movies, most), np.float32)
    at_once = max(1, _ENTRIES_AT_ONCE // likes.n_movies)
    for start in range(0, likes.n_movies, at_once):
        some = slice(start, start + at_once)
        both: Floats = (by_movie[some] @ matrix).toarray()  # [b, n_movies]
        both /= roots[some, None] * roots + np.float32(SHRINK)
        both[np.arange(len(both)), np.arange(start, start + len(both))] = 0  # no movie is its own neighbour
        nearest[some], cosines[some] = top_k(both, most)
    return nearest, cosines


def neighbours_bytes(n_likes: int, n_movies: int, most: int) -> int:
    """What fitting takes in memory at its peak: both matrices of likes, the neighbours twice, and some rows."""
    return 4 * 4 * n_likes + 24 * n_movies * most + 12 * _ENTRIES_AT_ONCE
