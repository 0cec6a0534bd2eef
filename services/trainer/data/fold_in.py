"""Fold-in users: whom no model has met in training, and of whom a few likes are known when they ask."""

from dataclasses import replace
from typing import Final

import numpy as np

from services.trainer.data.fold import Fold
from services.trainer.data.interactions import Interactions
from services.trainer.data.split import SPLIT_SEED, Mask, OnPart, Split, fold_of, lists_of, mask_of
from shared.ids import Rows

NEW_USERS: Final = 0.1  # of all users for the test, and as many for validation
KNOWN_LIKES: Final = 10
_SALT: Final = 2  # the picks are not those of another split with the same seed


def split_fold_in(
    data: Interactions,
    like_threshold: float,
    on_part: OnPart = lambda _: None,
    *,
    known_likes: int | None = KNOWN_LIKES,
) -> Split:
    """A tenth of the users is new in the test, and another in validation: N random likes of each are known.

    All other events of theirs are held out. Those with N likes or fewer are nobody to ask, and are trained on. The
    validation's users are trained on in the test, with all that they rated.

    Args:
        data: all events.
        like_threshold: a movie is liked from this rating on.
        on_part: told what part is done, 0 to 1.
        known_likes: N; None for half of each new user's likes.
    """
    rng = np.random.default_rng([SPLIT_SEED, _SALT])
    liked = data.likes(like_threshold)
    likes = np.bincount(data.users[liked], minlength=data.n_users)
    can_be_asked = np.flatnonzero(likes > (1 if known_likes is None else known_likes))
    order = rng.permutation(can_be_asked)
    count = round(NEW_USERS * len(order))
    is_known = _random_likes(data, liked, likes // 2 if known_likes is None else np.full_like(likes, known_likes), rng)
    test, validation = (mask_of(users, data.n_users)[data.users] for users in (order[:count], order[count : 2 * count]))
    select = _new_users_fold(data, liked, ~test, validation, is_known)
    on_part(0.5)
    final = _new_users_fold(data, liked, np.ones(len(data), np.bool_), test, is_known)
    on_part(1.0)
    amount = "half of the likes" if known_likes is None else f"{known_likes} likes"
    return Split(select, final, by_time=False, how=f"users unseen in training, of whom {amount} are known")


def _new_users_fold(data: Interactions, liked: Mask, used: Mask, is_new: Mask, is_known: Mask) -> Fold:
    """Train on the events in `used` of others than the new users, and ask for what is not known of these."""
    fold = fold_of(data, liked, used & (~is_new | is_known), is_new & ~is_known)
    return replace(fold, likes=lists_of(data, liked & used & ~is_new), histories=fold.likes)


def _random_likes(data: Interactions, liked: Mask, counts: Rows, rng: np.random.Generator) -> Mask:
    """So many random likes of each user, int64[n_users]: bool[n]."""
    events = np.flatnonzero(liked)
    order = events[np.lexsort((rng.random(len(events)), data.users[events]))]
    users = data.users[order]
    place = np.arange(len(order)) - np.searchsorted(users, users)  # among the likes of the user, from 0
    chosen = np.zeros(len(data), np.bool_)
    chosen[order[place < counts[users]]] = True
    return chosen
