"""Strict cold movies: all events of some movies are held out, and these movies alone are ranked.

What a model is asked is whom a movie is for that nobody has rated yet; only what describes the movie can tell.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from services.trainer.data.interactions import Interactions
from services.trainer.data.split import (
    SPLIT_SEED,
    OnPart,
    Split,
    fold_of,
    mask_of,
    of_known_users,
    split_at_random,
)

COLD: Final = 0.2  # of the movies with ratings
_SALT: Final = 1  # the picks are not those of another split with the same seed


def split_cold_movies(data: Interactions, like_threshold: float, on_part: OnPart = lambda _: None) -> Split:
    """A fifth of the movies is cold in the test; validation is a tenth of each user's likes of the others, at random.

    Validation asks for warm movies, because settings are chosen by models whose cold movies have no vectors yet: those
    are predicted from what describes them once the model is trained. Users without a like of a warm movie are not
    asked for.
    """
    rated = np.flatnonzero(np.bincount(data.movies, minlength=data.n_movies))
    order = np.random.default_rng([SPLIT_SEED, _SALT]).permutation(rated)
    candidates = mask_of(order[: round(COLD * len(order))], data.n_movies)
    is_cold = candidates[data.movies]
    select = split_at_random(data.take(~is_cold), like_threshold, lambda done: on_part(0.5 * done)).final
    final = of_known_users(fold_of(data, data.likes(like_threshold), ~is_cold, is_cold))
    on_part(1.0)
    return Split(
        select,
        replace(final, candidates=candidates),
        by_time=False,
        how="strict cold movies, all events of a fifth of the movies",
    )
