"""The first singular vectors of a matrix."""

from typing import Any

from shared.scoring import Floats


def truncated_svd(matrix: Any, rank: int, seed: int) -> tuple[Floats, Floats, Floats]:  # noqa: ANN401 - dense, or of scipy
    """U[n, rank], S[rank], V'[rank, m] of float32[n, m], dense or sparse: nearly so, by random projections."""
    from sklearn.utils.extmath import randomized_svd  # takes 1.6 s to import, which most processes never need

    left, values, right = randomized_svd(matrix, rank, n_iter=3, random_state=seed)
    return left, values, right
