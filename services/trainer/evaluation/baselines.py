"""What a model has to be better than, or is shown beside: popularity, and EASE."""

import numpy as np
from scipy.linalg import lapack

from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import Scores
from shared.scoring import Floats


def popularity(likes: UserLists) -> Scores:
    """Everyone's score of a movie is its number of likes."""
    counts = likes.counts().astype(np.float32)
    return lambda users: np.broadcast_to(counts, (len(users), len(counts)))


def ease(likes: UserLists, lambda_: float) -> Scores:
    """EASE (Steck, WWW 2019): X B with B = I - P / diag(P), P = (X'X + lambda I)^-1, of all movies.

    Where there are fewer users than movies, the same comes from a matrix of users: X P = (XX' + lambda I)^-1 X.
    """
    matrix = likes.matrix()  # X
    if likes.n_users >= likes.n_movies:
        inverse = _regularised_inverse((matrix.T @ matrix).toarray(), lambda_)  # P [n_movies, n_movies]
        weights: Floats = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0)
        return lambda users: matrix[users] @ weights
    inverse = _regularised_inverse((matrix @ matrix.T).toarray(), lambda_)  # [n_users, n_users]
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


def ease_bytes(n_users: int, n_movies: int) -> int:
    """What fitting EASE takes in memory at its peak, in float32 matrices."""
    if n_users >= n_movies:
        return 4 * 3 * n_movies**2
    return 4 * (3 * n_users**2 + 2 * n_users * n_movies)
