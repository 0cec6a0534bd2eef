"""Strict cold movies: all events of some movies are held out, and these movies alone are ranked.

What a model is asked is whom a movie is for that nobody has rated yet; only what describes the movie can tell.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from services.trainer.data.fold import Fold
from services.trainer.data.interactions import Interactions
from services.trainer.data.split import SPLIT_SEED, Mask, OnPart, Split, fold_of, mask_of, of_known_users
from shared.ids import Rows

COLD: Final = 0.2  # of the movies with ratings
_SALT: Final = 1  # the picks are not those of another split with the same seed


def split_cold_movies(data: Interactions, like_threshold: float, on_part: OnPart = lambda _: None) -> Split:
    """A fifth of the movies is cold in the test, and a fifth of the others in validation.

    Users without a like of a warm movie are not asked for.
    """
    rated = np.flatnonzero(np.bincount(data.movies, minlength=data.n_movies))
    order = np.random.default_rng([SPLIT_SEED, _SALT]).permutation(rated)
    n_test = round(COLD * len(order))
    test, others = order[:n_test], order[n_test:]
    validation = others[: round(COLD * len(others))]
    liked = data.ratings >= like_threshold
    is_test = mask_of(test, data.n_movies)
    select = _cold_fold(data, liked, ~is_test[data.movies], validation)
    on_part(0.5)
    final = _cold_fold(data, liked, np.ones(len(data), np.bool_), test)
    on_part(1.0)
    return Split(select, final, by_time=False, how="strict cold movies, all events of a fifth of the movies")


def _cold_fold(data: Interactions, liked: Mask, used: Mask, cold: Rows) -> Fold:
    candidates = mask_of(cold, data.n_movies)
    is_cold = candidates[data.movies]
    fold = fold_of(data, liked, used & ~is_cold, used & is_cold)
    return replace(of_known_users(fold), candidates=candidates)
