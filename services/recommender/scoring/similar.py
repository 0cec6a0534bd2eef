"""Movies like a movie, by their output vectors."""

from enum import StrEnum
from typing import Final

import numpy as np

from services.recommender.filters.fields import Mask
from shared.ids import Rows
from shared.scoring import Floats, top_k


class Metric(StrEnum):
    """How alike two vectors a and b are."""

    COSINE = "cosine"  # a · b / (|a| |b|), -1 to 1, larger is more alike
    EUCLIDEAN = "euclidean"  # |a - b|, from 0, smaller is more alike
    DOT = "dot"  # a · b, larger is more alike

    @property
    def is_larger_better(self) -> bool:
        """Whether a larger score means more alike."""
        return self is not Metric.EUCLIDEAN


_TINY: Final = np.float32(1e-30)  # instead of a division by zero: the cosine with a vector of zeros is 0


def nearest(vectors: Floats, row: int, metric: Metric, k: int, mask: Mask | None = None) -> tuple[Rows, Floats]:
    """The k rows most like `row`, the most alike first, itself left out; and their scores.

    Args:
        vectors: float32[n, d].
        row: which of them.
        metric: what the scores are.
        k: how many, at least 1; fewer come where there are fewer.
        mask: bool[n], the rows that are in question; all where it is left out.

    >>> nearest(np.array([[1, 0], [0, 1], [3, 4]], np.float32), 0, Metric.COSINE, 2)[0].tolist()
    [2, 1]
    """
    of = vectors[row]
    if metric is Metric.EUCLIDEAN:
        scores = -np.linalg.norm(vectors - of, axis=1)
    else:
        scores = vectors @ of
        if metric is Metric.COSINE:
            scores /= np.maximum(np.linalg.norm(vectors, axis=1) * np.linalg.norm(of), _TINY)
    scores[row] = -np.inf
    if mask is not None:
        scores[~mask] = -np.inf
    columns, values = top_k(scores[None], k)
    is_left = values[0] > -np.inf
    return columns[0][is_left], values[0][is_left] * (1 if metric.is_larger_better else -1)
