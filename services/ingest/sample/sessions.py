"""When simulated users rate: they join on some day, come back for a while, and rate several films at a sitting."""

from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_DAY_S: Final = 86_400
_FIRST_JOIN_DAY: Final = 17_897  # 1 January 2019, in days since 1970
_LAST_JOIN_DAY: Final = 20_453  # 31 December 2025
_MOST_ACTIVE_DAYS: Final = 180
_RATINGS_A_SITTING: Final = 8
_EARLIEST_SITTING_S: Final = 17 * 3600  # after 17:00 UTC
_SITTING_STARTS_WITHIN_S: Final = 5 * 3600
_GAPS_S: Final = (10, 120)  # between two ratings at one sitting; 150 of them still end within the next day


def draw_join_days(users: int, rng: np.random.Generator) -> Ints:
    """The days on which users join, int64[users], in days since 1970."""
    return rng.integers(_FIRST_JOIN_DAY, _LAST_JOIN_DAY + 1, users)


def joined_in_year(join_days: Ints) -> Ints:
    """The calendar years of those days.

    >>> joined_in_year(np.array([17_897, 20_453])).tolist()
    [2019, 2025]
    """
    return join_days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def draw_times(user_rows: Ints, join_days: Ints, rng: np.random.Generator) -> Ints:
    """When each rating was given, int64[ratings], in seconds since 1970 in UTC.

    `user_rows` is ascending. A user's times ascend in the order of their ratings: each sitting has about
    `_RATINGS_A_SITTING` ratings within minutes, on an evening of the `_MOST_ACTIVE_DAYS` after joining.
    """
    times = np.empty(len(user_rows), np.int64)
    users, starts, counts = np.unique(user_rows, return_index=True, return_counts=True)
    for user, start, count in zip(users, starts, counts, strict=True):
        times[start : start + count] = _times_of_one(int(join_days[user]), int(count), rng)
    return times


def _times_of_one(join_day: int, count: int, rng: np.random.Generator) -> Ints:
    sittings = -(-count // _RATINGS_A_SITTING)
    days = np.sort(rng.choice(_MOST_ACTIVE_DAYS, sittings, replace=False))
    begins = (join_day + days) * _DAY_S + _EARLIEST_SITTING_S + rng.integers(0, _SITTING_STARTS_WITHIN_S, sittings)
    sitting = np.sort(rng.integers(0, sittings, count))
    elapsed = np.cumsum(rng.integers(*_GAPS_S, count, endpoint=True))
    _, first = np.unique(sitting, return_index=True)
    since_first = elapsed - np.repeat(elapsed[first], np.diff(np.append(first, count)))
    times: Ints = begins[sitting] + since_first
    return times
