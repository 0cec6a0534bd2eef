"""Which ratings are of a movie that the same user has rated before, counted while a source streams by."""

from typing import Final

import numpy as np
import numpy.typing as npt

from shared.ids import Rows

_MOVIE_BITS: Final = 32
MAX_PAIRS: Final = 2**25  # 268 MB of keys; the largest MovieLens form has 32 million ratings


class PairIndex:
    """Remembers user-and-movie pairs, eight bytes each, in a few sorted runs that grow by merging.

    Exact up to `max_pairs` pairs; after those, a repetition is still found within its block, and one of an earlier pair
    too, but not one of a pair that came after the limit: `is_complete` is False then.

    Where the source is grouped by user, as MovieLens's are, nearly no look into the runs is needed: only rows of users
    that appeared in an earlier block can repeat a pair of one.
    """

    def __init__(self, max_pairs: int = MAX_PAIRS) -> None:
        self._max_pairs = max_pairs
        self._runs: list[Rows] = []
        self._users = 0
        self.is_complete = True

    def repeated(self, users: Rows, movies: Rows) -> npt.NDArray[np.bool_]:
        """For each row of a block, whether its pair came before: bool[n].

        Args:
            users: int64[n], numbers of users in the order in which they first appeared in the source.
            movies: int64[n], numbers of movies, below 2³².
        """
        keys = (users << _MOVIE_BITS) | movies
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        again = np.zeros(len(keys), bool)
        again[order[1:]] = ordered[1:] == ordered[:-1]
        returning = np.flatnonzero(users < self._users)
        for run in self._runs:
            again[returning] |= _in_sorted(keys[returning], run)
        self._users = max(self._users, int(users.max(initial=-1)) + 1)
        self._remember(ordered)
        return again

    def _remember(self, run: Rows) -> None:
        if sum(map(len, self._runs)) + len(run) > self._max_pairs:
            self.is_complete = False
            return
        self._runs.append(run)
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            merged = np.concatenate([self._runs.pop(-2), self._runs.pop()])
            merged.sort(kind="stable")  # two sorted runs: merged in one pass
            self._runs.append(merged)


def _in_sorted(keys: Rows, run: Rows) -> npt.NDArray[np.bool_]:
    if not len(run):
        return np.zeros(len(keys), bool)
    places = np.minimum(np.searchsorted(run, keys), len(run) - 1)
    found: npt.NDArray[np.bool_] = run[places] == keys
    return found
