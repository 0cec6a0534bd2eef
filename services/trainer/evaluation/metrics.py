"""How good rankings are, user by user. All lie between 0 and 1, and higher is better.

Figures are kept by user, because intervals and paired tests need them: one array float32[u] for each name, such as
`recall_at_20`, in the order of `Rankings.users`.
"""

from collections.abc import Callable, Mapping, Sequence
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

PerUser = Mapping[str, Floats]
"""Figures by name: float32[u] each, a value for each user who is judged."""


@dataclass(frozen=True, slots=True)
class Rankings:
    """The best movies of every user who has something held out.

    Attributes:
        users: int64[u], rows of users.
        best: int64[u, k], rows of movies, best first; -1 where there are no more.
    """

    users: Rows
    best: Rows


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
    """Full ranking of all movies but those seen, for every user who has something held out: headline figures."""
    rankings = rank_users(scores, fold, k, on_batch)
    found = {name: float(values.mean()) for name, values in score_rankings(rankings, fold.held_out, [k]).items()}
    shown = np.unique(rankings.best[rankings.best >= 0])
    return Metrics(
        recall=found[f"recall_at_{k}"],
        ndcg=found[f"ndcg_at_{k}"],
        hit_rate=found[f"hit_rate_at_{k}"],
        coverage=len(shown) / fold.seen.n_movies,
    )


def rank_users(scores: Scores, fold: Fold, k: int, on_batch: Callable[[float], None] = lambda _: None) -> Rankings:
    """The k best movies of every user who has something held out, some users at a time."""
    users = fold.users()
    best = np.full((len(users), k), -1, np.int64)
    at_once = max(1, _SCORES_AT_ONCE // fold.seen.n_movies)
    for start in range(0, len(users), at_once):
        found = rank(scores, fold, users[start : start + at_once], k)
        best[start : start + at_once, : found.shape[1]] = found
        on_batch(min(1.0, (start + at_once) / len(users)))
    return Rankings(users, best)


def rank(scores: Scores, fold: Fold, users: Rows, k: int) -> Rows:
    """The k best unseen candidates of each user, best first: int64[b, k], -1 where there are no more."""
    matrix = np.array(scores(users), np.float32)  # a copy: some scorers hand out what is theirs
    seen = fold.seen.take(users)
    matrix[seen.users(), seen.movies] = -np.inf
    if fold.candidates is not None:
        matrix[:, ~fold.candidates] = -np.inf
    rows, values = top_k(matrix, k)
    return np.where(np.isneginf(values), -1, rows)


def score_rankings(rankings: Rankings, held_out: UserLists, lengths: Sequence[int]) -> PerUser:
    """Every user's figures at each of some lengths, in one pass.

    With h_r = 1 where place r holds one of a user's n held-out movies, and n > 0:

    - `recall_at_k`: sum h_r / n, and not min(k, n), as some divide by;
    - `precision_at_k`: sum h_r / k;
    - `ndcg_at_k`: sum h_r / log2(r + 1) over the same of min(k, n) hits in the first places;
    - `map_at_k`: sum h_r (hits up to r) / r over min(k, n), so that the best possible ranking has 1;
    - `mrr_at_k`: one over the place of the first hit, 0 without one;
    - `hit_rate_at_k`: 1 with a hit, 0 without one.

    Args:
        rankings: at least as long as the longest of `lengths`.
        held_out: of all users.
        lengths: the ks.

    >>> held_out = UserLists(np.array([0, 2]), np.array([3, 4]), n_movies=5)
    >>> found = score_rankings(Rankings(np.array([0]), np.array([[0, 3, 1]])), held_out, [3])
    >>> {name: round(float(values[0]), 3) for name, values in found.items()} # doctest: +NORMALIZE_WHITESPACE
    {'recall_at_3': 0.5, 'precision_at_3': 0.333, 'ndcg_at_3': 0.387, 'map_at_3': 0.25, 'mrr_at_3': 0.5,
     'hit_rate_at_3': 1.0}
    """
    asked = held_out.take(rankings.users)
    hits = find_hits(rankings.best, asked)  # [u, k]
    counts = asked.lengths()
    places = np.arange(1, hits.shape[1] + 1)
    discounts = 1 / np.log2(places + 1)
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])
    found = np.cumsum(hits, axis=1)
    gains = np.cumsum(hits * discounts, axis=1)
    precisions = np.cumsum(hits * found / places, axis=1)
    first = np.where(hits.any(1), hits.argmax(1) + 1, np.inf)
    per_user: dict[str, npt.NDArray[np.floating] | npt.NDArray[np.bool_]] = {}
    for k in lengths:
        most = np.minimum(counts, k)
        per_user[f"recall_at_{k}"] = found[:, k - 1] / counts
        per_user[f"precision_at_{k}"] = found[:, k - 1] / k
        per_user[f"ndcg_at_{k}"] = gains[:, k - 1] / ideal[most]
        per_user[f"map_at_{k}"] = precisions[:, k - 1] / most
        per_user[f"mrr_at_{k}"] = np.where(first <= k, 1 / first, 0)
        per_user[f"hit_rate_at_{k}"] = found[:, k - 1] > 0
    return {name: values.astype(np.float32) for name, values in per_user.items()}


def find_hits(best: Rows, held_out: UserLists) -> npt.NDArray[np.bool_]:
    """Whether each place of the rankings int64[b, k] holds a movie that is held out of the same b users: bool[b, k]."""
    codes = held_out.users() * held_out.n_movies + held_out.movies  # ascending
    wanted = np.where(best >= 0, np.arange(len(best))[:, None] * held_out.n_movies + best, -1)
    places = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    hits: npt.NDArray[np.bool_] = codes[places] == wanted
    return hits
