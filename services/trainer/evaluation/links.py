"""How well scores tell links that were held out from pairs that are no links: of any movies, and of as popular ones.

Against movies picked evenly, popularity alone looks like skill, since links are mostly with popular movies. So the
non-links are picked a second time with the links' own movies dealt out anew, which are as popular (Aiyappa et al.,
"Implicit degree bias in the link prediction task", 2024): popularity alone then gets a ROC AUC of one half.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from services.trainer.data.fold import Fold
from services.trainer.evaluation.metrics import Scores
from services.trainer.evaluation.pointwise import average_precision, roc_auc
from shared.ids import Rows

_TRIES: Final = 50  # to find a user a movie that is no link of theirs; who likes nearly all is left out
_USERS_AT_ONCE: Final = 512


def judge_links(scores: Scores, fold: Fold, seed: int = 0) -> dict[str, float]:
    """ROC AUC and average precision of the links held out, against one non-link of the same user for each.

    A non-link is neither seen nor held out. Average precision of chance is one half, as there are as many of both.
    Links of users for whom no non-link is found in fifty tries are left out on both sides.
    """
    users, movies = fold.held_out.users(), fold.held_out.movies
    random = np.random.default_rng(seed)
    found: dict[str, float] = {}
    for name, pool in (("", np.arange(fold.held_out.n_movies)), ("_degree_matched", movies)):
        others = _non_links(fold, users, pool, random)
        kept = others >= 0
        values = _scores_of(scores, np.tile(users[kept], 2), np.concatenate([movies[kept], others[kept]]))
        labels = np.repeat([True, False], np.count_nonzero(kept))
        found[f"roc_auc{name}"] = roc_auc(values, labels)
        found[f"average_precision{name}"] = average_precision(values, labels)
    return found


def _non_links(fold: Fold, users: Rows, pool: Rows, random: np.random.Generator) -> Rows:
    """A movie for each of `users`, picked evenly from `pool`, that they have no link with; -1 where none was found."""
    known = fold.seen.union(fold.held_out)
    codes = known.users() * known.n_movies + known.movies  # ascending
    others = np.full(len(users), -1, np.int64)
    for _ in range(_TRIES):
        open_ = np.flatnonzero(others < 0)
        if not len(open_):
            break
        picked = random.choice(pool, len(open_))
        wanted = users[open_] * known.n_movies + picked
        places = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
        is_free = codes[places] != wanted
        others[open_[is_free]] = picked[is_free]
    return others


def _scores_of(scores: Scores, users: Rows, movies: Rows) -> npt.NDArray[np.float32]:
    """The scores of pairs: float32[n]."""
    values = np.empty(len(users), np.float32)
    order = np.argsort(users, kind="stable")
    distinct, starts = np.unique(users[order], return_index=True)
    ends = np.append(starts[1:], len(users))
    for first in range(0, len(distinct), _USERS_AT_ONCE):
        some = slice(first, first + _USERS_AT_ONCE)
        matrix = scores(distinct[some])  # [b, n_movies]
        pairs = order[starts[first] : ends[some][-1]]
        values[pairs] = matrix[np.searchsorted(distinct[some], users[pairs]), movies[pairs]]
    return values
