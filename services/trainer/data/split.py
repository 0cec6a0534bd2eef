"""Which events a model is trained on, and which it is asked for: each user's latest likes are held out.

Why by user and not by one date for all: a served user is encoded from their own history up to this moment and asked for
what comes next, and that is what each user's latest likes ask. One date for all would leave out nearly everyone: people
rate for a day or a week, so on either side of a date stand different people. The price: other users' later events are
known to the training. See docs/decisions/0004-the-gate.md.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from services.trainer.data.fold import Fold, Rated
from services.trainer.data.interactions import Interactions
from services.trainer.data.lists import UserLists
from shared.errors import InvalidInputError
from shared.ids import Rows
from shared.schema import MISSING_INT

HELD_OUT: Final = 0.1  # of a user's likes for the test, and as many before them for validation; at least one each
SPLIT_SEED: Final = 20  # fixed, so that models of all seeds are compared on the same events
TRAIN, VALIDATION, TEST = 0, 1, 2  # in the order of time
_EVENTS_AT_ONCE: Final = 200_000  # a million at once takes twice as long

Mask = npt.NDArray[np.bool_]
Part = npt.NDArray[np.int8]
OnPart = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Split:
    """The two folds of a training.

    Attributes:
        select: train → validation: settings are chosen here.
        final: train and validation → test: read once, for the report and the gate.
        by_time: whether what is held out is later than what is known.
        how: what is held out, in words.
    """

    select: Fold
    final: Fold
    by_time: bool
    how: str = "as it was given"


def split(data: Interactions, like_threshold: float, on_part: OnPart = lambda _: None) -> Split:
    """Hold out each user's latest tenth of likes as test, the tenth before as validation; at random where times lack.

    A user with one like is trained on only; one with two gives a test event and none for validation. What a user rated
    before the first event held out is seen: left out of the rankings as in serving. What they rated later and did not
    like is not: recommending it is a mistake, and counts as one. `on_part` is told what part is done, 0 to 1.
    """
    if not _has_times(data):
        return split_at_random(data, like_threshold, on_part)
    part = _parts(data, data.likes(like_threshold), _a_tenth, on_part, by_time=True)
    return split_by_parts(data, like_threshold, part, by_time=True, how="by time, each user's latest likes")


def split_at_random(data: Interactions, like_threshold: float, on_part: OnPart = lambda _: None) -> Split:
    """Hold out a tenth of each user's likes as test and a tenth as validation, whatever their times."""
    part = _parts(data, data.likes(like_threshold), _a_tenth, on_part, by_time=False)
    return split_by_parts(data, like_threshold, part, by_time=False, how="at random, some of each user's likes")


def split_last(data: Interactions, like_threshold: float, on_part: OnPart = lambda _: None) -> Split:
    """Leave the last out: each user's latest like is the test, the one before it validation.

    Raises:
        InvalidInputError: times lack.
    """
    require_times(data, "leave-last-out")
    part = _parts(data, data.likes(like_threshold), np.ones_like, on_part, by_time=True)
    return split_by_parts(data, like_threshold, part, by_time=True, how="by time, each user's last like")


def split_by_parts(data: Interactions, like_threshold: float, part: Part, *, by_time: bool, how: str) -> Split:
    """Train → validation, and both → test, of events whose `part`, int8[n], is known."""
    liked = data.likes(like_threshold)
    return Split(
        fold_of(data, liked, part == TRAIN, part == VALIDATION),
        fold_of(data, liked, part < TEST, part == TEST),
        by_time=by_time,
        how=how,
    )


def fold_of(data: Interactions, liked: Mask, known: Mask, asked: Mask) -> Fold:
    """A fold of the events in `known` and in `asked`, bool[n] each."""
    asked_stars = asked & ~np.isnan(data.ratings)
    return Fold(
        likes=lists_of(data, liked & known),
        seen=lists_of(data, known),
        held_out=lists_of(data, liked & asked),
        stars=data.ratings[known],
        asked=Rated(lists_of(data, asked_stars), data.ratings[asked_stars]),
    )


def all_likes(data: Interactions, like_threshold: float) -> UserLists:
    """Every like there is, none held out: what the published model is trained on."""
    return lists_of(data, data.likes(like_threshold))


def lists_of(data: Interactions, mask: Mask) -> UserLists:
    """The events in `mask`, bool[n], as lists."""
    return UserLists.from_ordered(data.users[mask], data.movies[mask], n_users=data.n_users, n_movies=data.n_movies)


def of_known_users(fold: Fold) -> Fold:
    """The same fold, asked of users who like something in it: of others it could be told only what is popular."""
    knows = fold.encoded().lengths() > 0
    return replace(fold, held_out=fold.held_out.keep(knows[fold.held_out.users()]))


def mask_of(rows: Rows, n_rows: int) -> Mask:
    """bool[n_rows], true at `rows`."""
    mask = np.zeros(n_rows, np.bool_)
    mask[rows] = True
    return mask


def require_times(data: Interactions, name: str) -> None:
    """Raises `InvalidInputError` where the split called `name` would have to guess what came first."""
    if not _has_times(data):
        raise InvalidInputError(
            f"The split {name} needs the time of every rating, and some have none. Choose the split random, or ingest "
            "ratings with times."
        )


def _has_times(data: Interactions) -> bool:
    return len(data) > 0 and bool((data.times != MISSING_INT).all())


def _a_tenth(likes: Rows) -> Rows:
    return np.maximum(1, np.round(HELD_OUT * likes)).astype(np.int64)


def _parts(
    data: Interactions, liked: Mask, held_out: Callable[[Rows], Rows], on_part: OnPart, *, by_time: bool
) -> Part:
    """The part of each event: a user's changes, in the order of time, with the first like that is held out.

    Events of one moment, and all where times do not count, are in random order. Some users at a time, because sorting
    in the processor's cache takes half as long. `held_out` says how many of so many likes are the test.
    """
    places = np.empty(len(data), np.int32)
    places[np.random.default_rng(SPLIT_SEED).permutation(len(data))] = np.arange(len(data), dtype=np.int32)
    parts = np.empty(len(data), np.int8)
    starts = np.searchsorted(data.users, np.arange(data.n_users + 1))
    cuts = np.unique(starts[np.searchsorted(starts, np.arange(0, len(data), _EVENTS_AT_ONCE))])
    for start, end in itertools.pairwise([*cuts.tolist(), len(data)]):
        some = slice(start, end)
        times = data.times[some] if by_time else np.zeros(end - start, np.int64)
        order = np.lexsort((places[some], times, data.users[some]))
        parts[some][order] = _parts_in_order(data.users[some], liked[some][order], held_out)
        on_part(end / len(data))
    return parts


def _parts_in_order(users: Rows, liked: Mask, held_out: Callable[[Rows], Rows]) -> Part:
    """The part of each event, events being ordered by user, then from first to last."""
    starts = np.flatnonzero(np.diff(users, prepend=-1, append=-1))  # of each user's events, and the end
    lengths = np.diff(starts)
    total = np.concatenate([[0], np.cumsum(liked)])  # likes before each event
    likes = np.repeat(np.diff(total[starts]), lengths)  # of the event's user
    upto = total[1:] - np.repeat(total[starts[:-1]], lengths)  # of these, up to this event, itself included
    test = np.where(likes >= 2, held_out(likes), 0)  # noqa: PLR2004 - one to know, one to find
    validation = np.where(likes >= 3, test, 0)  # noqa: PLR2004 - and one to choose by
    from_validation = (validation > 0) & (upto > likes - test - validation)
    from_test = (test > 0) & (upto > likes - test)
    return np.where(from_test, TEST, np.where(from_validation, VALIDATION, TRAIN)).astype(np.int8)
