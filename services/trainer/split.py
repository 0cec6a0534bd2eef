"""Which events a model is trained on, and which it is asked for: each user's latest likes are held out.

Why by user and not by one date for all: a served user is encoded from their own history up to this moment and asked for
what comes next, and that is what each user's latest likes ask. One date for all would leave out nearly everyone: people
rate for a day or a week, so on either side of a date stand different people. The price: other users' later events are
known to the training. See docs/decisions/0004-the-gate.md.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.trainer.data import Interactions
from services.trainer.lists import UserLists
from services.trainer.metrics import Fold
from shared.ids import Rows
from shared.schema import MISSING_INT

HELD_OUT: Final = 0.1  # of a user's likes for the test, and as many before them for validation; at least one each
_SPLIT_SEED: Final = 20  # fixed, so that models of all seeds are compared on the same events
_TRAIN, _VALIDATION, _TEST = 0, 1, 2  # in the order of time

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Split:
    """The two folds of a training.

    Attributes:
        select: train → validation: settings are chosen here.
        final: train and validation → test: read once, for the report and the gate.
        by_time: whether what is held out is later than what is known.
    """

    select: Fold
    final: Fold
    by_time: bool


def split(data: Interactions, like_threshold: float) -> Split:
    """Hold out each user's latest tenth of likes as test, the tenth before as validation; at random where times lack.

    A user with one like is trained on only; one with two gives a test event and none for validation. What a user rated
    before the first event held out is seen: left out of the rankings as in serving. What they rated later and did not
    like is not: recommending it is a mistake, and counts as one.
    """
    by_time = len(data) > 0 and bool((data.times != MISSING_INT).all())
    order = _order(data, by_time=by_time)
    users, movies = data.users[order], data.movies[order]
    liked = data.ratings[order] >= like_threshold
    part = _parts(users, liked)

    def lists(mask: Mask) -> UserLists:
        return UserLists.from_pairs(users[mask], movies[mask], n_users=data.n_users, n_movies=data.n_movies)

    return Split(
        select=Fold(lists(liked & (part == _TRAIN)), lists(part == _TRAIN), lists(liked & (part == _VALIDATION))),
        final=Fold(lists(liked & (part < _TEST)), lists(part < _TEST), lists(liked & (part == _TEST))),
        by_time=by_time,
    )


def everything_known(data: Interactions, like_threshold: float) -> Fold:
    """Every event there is, and none held out: what the published model is trained on."""

    def lists(mask: Mask) -> UserLists:
        return UserLists.from_pairs(data.users[mask], data.movies[mask], n_users=data.n_users, n_movies=data.n_movies)

    everything = np.ones(len(data), np.bool_)
    return Fold(lists(data.ratings >= like_threshold), lists(everything), lists(~everything))


def _order(data: Interactions, *, by_time: bool) -> Rows:
    """Events by user, each user's from first to last; events of one moment, and all without times, at random."""
    shuffled = np.random.default_rng(_SPLIT_SEED).permutation(len(data))
    times = data.times[shuffled] if by_time else np.zeros(len(data), np.int64)
    return shuffled[np.lexsort((times, data.users[shuffled]))]


def _parts(users: Rows, liked: Mask) -> Rows:
    """The part of each event, events being ordered: a user's part changes with the first like that is held out."""
    of_user = pd.Series(liked).groupby(users)
    likes = of_user.transform("sum").to_numpy()  # of the event's user
    upto = of_user.cumsum().to_numpy()  # of these, up to this event, itself included
    test = np.where(likes >= 2, np.maximum(1, np.round(HELD_OUT * likes)), 0)  # noqa: PLR2004 - one to know, one to find
    validation = np.where(likes >= 3, test, 0)  # noqa: PLR2004 - and one to choose by
    from_validation = (validation > 0) & (upto > likes - test - validation)
    from_test = (test > 0) & (upto > likes - test)
    return np.where(from_test, _TEST, np.where(from_validation, _VALIDATION, _TRAIN))
