"""How good rankings are: recall, NDCG, hit rate, coverage at k. All lie between 0 and 1, and higher is better."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from shared.ids import Rows
from shared.scoring import Floats, top_k

K: Final = 20
"""Length of the rankings that are judged: about what a page shows."""

_SCORES_AT_ONCE: Final = 4_000_000  # 16 MB: what takes more than 32 is given back and cleared by the system each time

Scores = Callable[[Rows], Floats]
"""Scores of all movies for some users: int64[b] to float32[b, n_movies], higher is better."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Means over all users who have something held out.

    Attributes:
        recall: hits among the k best / held-out movies (not min(k, held-out), as some divide by).
        ndcg: with binary relevance, log2 discount, and the ideal over min(held-out, k) movies.
        hit_rate: part of the users with at least one hit.
        coverage: part of all movies that are among the k best of at least one user.
    """

    recall: float
    ndcg: float
    hit_rate: float
    coverage: float

    def named(self, k: int = K) -> dict[str, float]:
        """As in reports: `recall_at_20` and so on."""
        return {
            f"recall_at_{k}": self.recall,
            f"ndcg_at_{k}": self.ndcg,
            f"hit_rate_at_{k}": self.hit_rate,
            f"coverage_at_{k}": self.coverage,
        }


def evaluate(scores: Scores, fold: Fold, on_batch: Callable[[float], None] = lambda _: None, *, k: int = K) -> Metrics:
    """Full ranking of all movies but those seen, for every user who has something held out."""
    users = fold.users()
    recall, ndcg = np.zeros(len(users)), np.zeros(len(users))
    recommended = np.zeros(fold.seen.n_movies, np.bool_)
    at_once = max(1, _SCORES_AT_ONCE // fold.seen.n_movies)
    for start in range(0, len(users), at_once):
        batch = slice(start, start + at_once)
        best = rank(scores, fold, users[batch], k)
        recall[batch], ndcg[batch] = score_rankings(best, fold.held_out.take(users[batch]))
        recommended[best[best >= 0]] = True
        on_batch(min(1.0, (start + at_once) / len(users)))
    return Metrics(
        recall=float(recall.mean()),
        ndcg=float(ndcg.mean()),
        hit_rate=float((recall > 0).mean()),
        coverage=float(recommended.mean()),
    )


def rank(scores: Scores, fold: Fold, users: Rows, k: int) -> Rows:
    """The k best unseen movies of each user, best first: int64[b, k], -1 where there are no more."""
    matrix = np.array(scores(users), np.float32)  # a copy: some scorers hand out what is theirs
    seen = fold.seen.take(users)
    matrix[seen.users(), seen.movies] = -np.inf
    rows, values = top_k(matrix, k)
    return np.where(np.isneginf(values), -1, rows)


def score_rankings(best: Rows, held_out: UserLists) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Recall and NDCG of each ranking int64[b, k] against what is held out of the same b users: float64[b] each.

    >>> held_out = UserLists(np.array([0, 2]), np.array([3, 4]), n_movies=5)
    >>> recall, ndcg = score_rankings(np.array([[3, 0, 1]]), held_out)
    >>> recall.tolist(), ndcg.round(4).tolist()
    ([0.5], [0.6131])
    """
    k = best.shape[1]
    codes = held_out.users() * held_out.n_movies + held_out.movies  # ascending
    wanted = np.where(best >= 0, np.arange(len(best))[:, None] * held_out.n_movies + best, -1)
    places = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    hits = codes[places] == wanted  # [b, k]
    counts = held_out.lengths()
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(counts, k)]
    return hits.sum(1) / counts, (hits * discounts).sum(1) / ideal
