"""What a model has to be better than, or is shown beside: chance, popularity, and EASE."""

from typing import Final

import numpy as np
from scipy.linalg import lapack

from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import Scores
from shared.scoring import Floats

_SEED: Final = 19
_WINDOWS: Final = 64  # times the movies: so long is the row of random numbers


def random_scores(n_movies: int, n_users: int) -> Scores:
    """Chance, the same each time: every user has a window of their own in one row of random numbers."""
    rng = np.random.default_rng(_SEED)
    windows = np.lib.stride_tricks.sliding_window_view(rng.random(_WINDOWS * n_movies, np.float32), n_movies)
    chosen = rng.integers(0, len(windows), n_users)
    return lambda users: windows[chosen[users]]


def popularity(likes: UserLists) -> Scores:
    """Everyone's score of a movie is its number of likes."""
    counts = likes.counts().astype(np.float32)
    return lambda users: np.broadcast_to(counts, (len(users), len(counts)))


def ease(likes: UserLists, lambda_: float, histories: UserLists | None = None) -> Scores:
    """EASE of one lambda. See `Ease`."""
    return Ease(likes).scores(lambda_, histories)


class Ease:
    """EASE (Steck, WWW 2019): X B with B = I - P / diag(P), P = (X'X + lambda I)^-1, of all movies.

    Where there are fewer users than movies, the same comes from a matrix of users: X P = (XX' + lambda I)^-1 X. The
    products X'X or XX' are the same for every lambda, and computed once.
    """

    def __init__(self, likes: UserLists) -> None:
        self._likes = likes
        matrix = likes.matrix()  # X
        self._by_movie = likes.n_users >= likes.n_movies
        self._gram: Floats = (matrix.T @ matrix if self._by_movie else matrix @ matrix.T).toarray()

    def scores(self, lambda_: float, histories: UserLists | None = None) -> Scores:
        """Scores for users who like `histories`, or what it was fitted to where that is left out."""
        inverse = _regularised_inverse(self._gram.copy(), lambda_)
        if not self._by_movie:
            if histories is None:
                return self._from_users(inverse, lambda_)
            matrix = self._likes.matrix()
            # P = (I - X' (XX' + lambda I)^-1 X) / lambda
            inverse = (matrix.T @ (matrix.T @ inverse).T).astype(np.float32)
            inverse = (np.eye(len(inverse), dtype=np.float32) - inverse) / np.float32(lambda_)
        weights: Floats = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0)
        known = (self._likes if histories is None else histories).matrix()
        return lambda users: known[users] @ weights

    def _from_users(self, inverse: Floats, lambda_: float) -> Scores:
        likes, matrix = self._likes, self._likes.matrix()
        projected: Floats = np.ascontiguousarray((matrix.T @ inverse).T)  # X P [n_users, n_movies]
        own = np.bincount(likes.movies, projected[likes.users(), likes.movies], likes.n_movies)  # diag(X'X P)
        diagonal = ((1 - own) / lambda_).astype(np.float32)  # of P
        return lambda users: matrix[users].toarray() - projected[users] / diagonal


def _regularised_inverse(gram: Floats, lambda_: float) -> Floats:
    """(gram + lambda I)^-1 of a symmetric matrix, which is overwritten: float32[n, n]."""
    gram[np.diag_indices_from(gram)] += lambda_
    factor, failed = lapack.spotrf(gram, lower=True, overwrite_a=True)
    inverse: Floats
    inverse, failed_too = lapack.spotri(factor, lower=True, overwrite_c=True)  # its upper triangle is zero
    if failed or failed_too:
        raise np.linalg.LinAlgError(f"the Gram matrix with {lambda_} on its diagonal is not positive definite")
    inverse += np.tril(inverse, -1).T
    return inverse


def ease_bytes(n_users: int, n_movies: int, *, are_new: bool = False) -> int:
    """What fitting EASE takes in memory at its peak, in float32 matrices. `are_new`: users are not those trained on."""
    if n_users >= n_movies:
        return 4 * 4 * n_movies**2
    return 4 * (4 * n_users**2 + 2 * n_users * n_movies + (3 * n_movies**2 if are_new else 0))
