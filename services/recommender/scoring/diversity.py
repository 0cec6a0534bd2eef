"""Diversity: Maximal Marginal Relevance (Carbonell and Goldstein, SIGIR 1998) over the best movies of a ranking."""

from typing import Final

import numpy as np

from shared.scoring import Floats

POOL: Final = 100
"""Of so many of the best movies each next one is chosen; what is worse follows by its score."""


def diversify(scores: Floats, directions: Floats, diversity: float, k: int, shown: Floats | None = None) -> list[int]:
    """The places of the first k movies, each the best by (1 - diversity) relevance - diversity likeness.

    Relevance is the score, scaled so that the best of the pool has 1 and the worst 0; likeness is the largest cosine
    with a movie that was chosen before or `shown` on an earlier page. The first k are the beginning of the first k + 1.

    Args:
        scores: float32[n], best first.
        directions: float32[n, d], rows of length one.
        diversity: 0 to 1.
        k: how many, at most n.
        shown: float32[m, d], rows of length one.

    >>> like, unlike = [1.0, 0.0], [0.0, 1.0]
    >>> vectors = np.array([like, like, unlike], np.float32)
    >>> diversify(np.array([3, 2.9, 2], np.float32), vectors, 0.6, 3)
    [0, 2, 1]
    """
    n = len(scores)
    if not n or not k:
        return []
    spread = float(scores[0] - scores[-1])
    relevance = (scores - scores[-1]) * np.float32((1 - diversity) / spread if spread > 0 else 0.0)
    weighed = directions * np.float32(diversity)
    worth = relevance - weighed @ directions.T  # [chosen, n]: what each is worth beside one that was chosen
    left = np.full(n, np.inf, np.float32)
    place = 0
    if shown is not None and len(shown):
        left = relevance - (weighed @ shown.T).max(axis=1)
        place = int(left.argmax())
    chosen: list[int] = []
    for _ in range(min(k, n)):
        chosen.append(place)
        np.minimum(left, worth[place], out=left)
        left[place] = -np.inf
        place = int(left.argmax())
    return chosen
