"""How well held-out links are told from pairs that are none: random ones, and ones of the same degrees.

Most random pairs are of a movie that hardly anyone likes, so telling them from links takes no more than popularity.
Degree-matched non-links keep each link's user and deal the same movies out anew: popularity says nothing about them.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.trainer.data.fold import Fold
from services.trainer.evaluation.metrics import Scores
from services.trainer.evaluation.pointwise import average_precision, roc_auc
from shared.errors import InvalidInputError
from shared.ids import Rows
from shared.scoring import Floats

_SEED: Final = 23  # fixed, so that all models are asked for the same pairs
_ROUNDS: Final = 20  # of drawing again what is a link; what is one still is left out
_SCORES_AT_ONCE: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of a user and a movie, and which of them are links: int64[n], int64[n], bool[n]."""

    users: Rows
    movies: Rows
    labels: npt.NDArray[np.bool_]


def evaluate_links(scores: Scores, fold: Fold) -> dict[str, Any]:
    """ROC AUC and average precision by kind of non-link, as many of these as there are links.

    >>> sorted(_DRAWS)
    ['degree_matched', 'sampled']
    """
    found = {}
    for name in _DRAWS:
        links = sample_links(fold, name)
        given = score_pairs(scores, links.users, links.movies)
        found[name] = {
            "roc_auc": roc_auc(given, links.labels),
            "average_precision": average_precision(given, links.labels),
        }
    return found


def sample_links(fold: Fold, non_links: str) -> Links:
    """All held-out links, and about as many non-links: pairs that are neither known, seen nor held out.

    Args:
        fold: what is known, and what is asked.
        non_links: `sampled`: users who are asked and candidates, each drawn evenly. `degree_matched`: the links' users,
            each with a movie of another link.

    Raises:
        InvalidInputError: no pair is left that is none.
    """
    rng = np.random.default_rng(_SEED)
    users, movies = fold.held_out.users(), fold.held_out.movies
    n_movies = fold.held_out.n_movies
    taken = fold.seen.union(fold.held_out)
    codes = taken.users() * n_movies + taken.movies  # ascending
    others, drawn = _DRAWS[non_links](fold, rng)
    for _ in range(_ROUNDS):
        wrong = _among(codes, others * n_movies + drawn)
        again = _DRAWS[non_links](fold, rng)
        others, drawn = np.where(wrong, again[0], others), np.where(wrong, again[1], drawn)
    right = ~_among(codes, others * n_movies + drawn)
    others, drawn = others[right], drawn[right]
    if not len(others):
        raise InvalidInputError("Every pair that was drawn is a link, so there is nothing to tell links from.")
    labels = np.arange(len(users) + len(others)) < len(users)
    return Links(np.concatenate([users, others]), np.concatenate([movies, drawn]), labels)


def score_pairs(scores: Scores, users: Rows, movies: Rows) -> Floats:
    """The score of each pair, float32[n], from the scores of all movies for a few users at a time."""
    found = np.empty(len(users), np.float32)
    order = np.argsort(users, kind="stable")
    unique, places = np.unique(users[order], return_inverse=True)
    n_movies = scores(unique[:1]).shape[1] if len(unique) else 1
    at_once = max(1, _SCORES_AT_ONCE // n_movies)
    for start in range(0, len(unique), at_once):
        rows = scores(unique[start : start + at_once])
        some = slice(*np.searchsorted(places, [start, start + at_once]))
        found[order[some]] = rows[places[some] - start, movies[order[some]]]
    return found


def _draw_evenly(fold: Fold, rng: np.random.Generator) -> tuple[Rows, Rows]:
    count = len(fold.held_out)
    movies = np.arange(fold.held_out.n_movies) if fold.candidates is None else np.flatnonzero(fold.candidates)
    return rng.choice(fold.users(), count), rng.choice(movies, count)


def _deal_anew(fold: Fold, rng: np.random.Generator) -> tuple[Rows, Rows]:
    return fold.held_out.users(), rng.permutation(fold.held_out.movies)


_DRAWS: Final = {"sampled": _draw_evenly, "degree_matched": _deal_anew}


def _among(codes: Rows, wanted: Rows) -> npt.NDArray[np.bool_]:
    """Whether each of `wanted` is one of the ascending `codes`."""
    places = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    found: npt.NDArray[np.bool_] = codes[places] == wanted
    return found
