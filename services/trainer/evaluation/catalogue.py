"""What rankings do to the catalogue: how much of it is shown, how well-known, how alike, and to whose cost.

All figures are of the whole set of rankings, so that a model which is right by showing everyone the same is seen.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import Rankings, find_hits
from shared.ids import Rows
from shared.scoring import Floats, normalise

DECILES: Final = 10
_DIRECTIONS: Final = 128  # of random projections: a cosine's error is about 1 / sqrt of it, and a mean's far less
_USERS_AT_ONCE: Final = 20_000
_SEED: Final = 11


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What movies are to the users that a model was trained on: the same for all models that are compared.

    Attributes:
        counts: int64[n_movies], likes of each movie.
        n_users: users who like something.
        directions: float32[n_movies, 128], unit vectors whose products are near the cosines of the movies' columns of
            the matrix of likes (random projections: Johnson and Lindenstrauss 1984); zero for a movie without likes.
    """

    counts: Rows
    n_users: int
    directions: Floats

    @classmethod
    def of(cls, likes: UserLists) -> "Catalogue":
        """From the likes that models are trained on, with a fixed seed."""
        noise = np.random.default_rng(_SEED).standard_normal((likes.n_users, _DIRECTIONS), np.float32)
        directions = normalise(np.asarray(likes.matrix().T @ noise, np.float32))
        return cls(likes.counts(), int(np.count_nonzero(likes.lengths())), directions)


def describe_rankings(rankings: Rankings, catalogue: Catalogue, k: int) -> dict[str, float]:
    """Figures of the first k places.

    - `coverage_at_k`: part of all movies that anyone is shown;
    - `novelty_at_k`: mean self-information of what is shown, -log2 of the part of the users who like the movie, in
      bits; higher is less known. A movie without likes counts as having one;
    - `diversity_at_k`: mean over users of the mean cosine distance between two movies of their list, by the users who
      liked both: 0 where all are liked by the same, about 1 where no two share a user;
    - `gini_at_k`: of how often movies are shown: 0 where all are as often, near 1 where a few are all that is shown.

    Args:
        rankings: at least k places long.
        catalogue: of the likes that the model was trained on.
        k: how many places count.
    """
    best = rankings.best[:, :k]
    shown = np.bincount(best[best >= 0], minlength=len(catalogue.counts))
    information = -np.log2(np.maximum(catalogue.counts, 1) / max(catalogue.n_users, 1))
    return {
        f"coverage_at_{k}": float((shown > 0).mean()),
        f"novelty_at_{k}": float(shown @ information / max(shown.sum(), 1)),
        f"diversity_at_{k}": diversity(best, catalogue.directions),
        f"gini_at_{k}": gini(shown),
    }


def diversity(best: Rows, directions: Floats) -> float:
    """Mean over rankings int64[u, k] of the mean cosine distance between two movies; 0 where there are no two.

    The cosines of all pairs add up to |sum of the unit vectors|^2 less those of each with itself.
    """
    total = 0.0
    own = (directions**2).sum(1).astype(np.float64)  # 1, or 0 for a movie that is like none
    for start in range(0, len(best), _USERS_AT_ONCE):
        rows = best[start : start + _USERS_AT_ONCE]
        kept = rows >= 0
        lengths = kept.sum(1)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        picked = csr_array((np.ones(starts[-1], np.float32), rows[kept], starts), shape=(len(rows), len(directions)))
        sums = np.asarray(picked @ directions)  # [b, directions]
        cosines = (sums.astype(np.float64) ** 2).sum(1) - picked @ own
        pairs = lengths * (lengths - 1)
        total += float((1 - cosines[pairs > 0] / pairs[pairs > 0]).sum())
    return total / max(len(best), 1)


def gini(counts: Rows) -> float:
    """Gini's coefficient of counts: 0 where all are equal, (n - 1) / n where one of n has all.

    >>> gini(np.array([5, 5, 5, 5])), gini(np.array([0, 0, 0, 8]))
    (0.0, 0.75)
    """
    total = counts.sum()
    if not total:
        return 0.0
    n = len(counts)
    return float(2 * (np.sort(counts) @ np.arange(1, n + 1)) / (n * total) - (n + 1) / n)


def recall_by_decile(rankings: Rankings, catalogue: Catalogue, fold: Fold, k: int) -> list[dict[str, Any]]:
    """For each tenth of the movies, from the least to the most liked: what part of its held-out likes was found.

    `held_out` is how many there were; `recall` is None where there were none. Movies with equally many likes are
    ordered by row.
    """
    decile = np.empty(len(catalogue.counts), np.int64)
    order = np.argsort(catalogue.counts, kind="stable")
    decile[order] = np.arange(len(order)) * DECILES // max(len(order), 1)
    asked = fold.held_out.take(rankings.users)
    best = rankings.best[:, :k]
    hits = find_hits(best, asked)
    found = np.bincount(decile[best[hits]], minlength=DECILES)
    held_out = np.bincount(decile[asked.movies], minlength=DECILES)
    return [
        {"held_out": int(n), "recall": float(hit / n) if n else None} for hit, n in zip(found, held_out, strict=True)
    ]
