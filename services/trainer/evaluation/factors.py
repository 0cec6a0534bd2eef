"""iALS (Hu, Koren and Volinsky, ICDM 2008) of the library `implicit`: a baseline that others wrote."""

from typing import Final

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import Scores
from shared.scoring import Floats

WIDTH: Final = 64
SWEEPS: Final = 10
_SEED: Final = 17


def ials(likes: UserLists, histories: UserLists, *, alpha: float, ridge: float, threads: int) -> Scores:
    """Factors of `likes`, with users computed anew from `histories`.

    Args:
        likes: what is trained on.
        histories: what users are encoded from.
        alpha: how much more a like weighs than a pair without one.
        ridge: on all factors.
        threads: of the library's own; those of BLAS are one each, which is what it asks for.
    """
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            WIDTH, regularization=ridge, alpha=alpha, iterations=SWEEPS, num_threads=threads, random_state=_SEED
        )
        model.fit(csr_matrix(likes.matrix()), show_progress=False)
        vectors: Floats = model.user_factors
        if histories is not likes:
            vectors = model.recalculate_user(np.arange(likes.n_users), csr_matrix(histories.matrix()))
    movies: Floats = np.ascontiguousarray(model.item_factors.T)
    return lambda rows: vectors[rows] @ movies


def ials_bytes(n_likes: int, n_users: int, n_movies: int) -> int:
    """What fitting takes in memory at its peak: the matrix, that times alpha and its transpose, and factors twice."""
    return 4 * 8 * n_likes + 2 * 4 * WIDTH * (n_users + n_movies)
