"""What a filter leaves of a model's movies, in the form that scores them fastest. Remembered by the filter's text."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.recommender.filters.masks import Masks
from services.recommender.scoring.batcher import Batcher, Best
from shared.ids import Rows
from shared.scoring import Floats

_FEW: Final = 4  # where a filter leaves this part of all movies or less, they alone are scored: in half the time
_MAX_BYTES: Final = (
    32_000_000  # of all that is remembered: 16 filters that leave an eighth of 62,000 movies of width 64
)
_OVERHEAD_BYTES: Final = 4_000  # of one that leaves nothing: its text above all


@dataclass(frozen=True, slots=True)
class Selection:
    """Some of the movies of a model, perhaps with other scores.

    Attributes:
        size: how many they are.
        rows: of the model, ascending; only where they are few.
        few: scores these alone, where they are few; else all are scored, and `added` takes the others out.
        added: float32[n], what is added to the scores: -inf for the movies that are not among these.
    """

    size: int
    rows: Rows | None = None
    few: Batcher | None = None
    added: Floats | None = None

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        parts = (self.rows, self.few, self.added)
        return _OVERHEAD_BYTES + sum(part.nbytes for part in parts if part is not None)

    async def best(self, batcher: Batcher, user: Floats, excluded: Rows, k: int) -> Best:
        """As `Batcher.best` of the model's own `batcher`, of these movies alone."""
        if not self.size:
            return Best([], [])
        if self.few is None or self.rows is None:
            return await batcher.best(user, excluded, k, self.added)
        places = np.searchsorted(self.rows, excluded)
        places[places == self.size] = 0
        out = places[self.rows[places] == excluded]
        best = await self.few.best(user, out, k)
        return Best(self.rows[best.rows].tolist(), best.scores)


class Selections:
    """The selections of one model, least recently used out first.

    Args:
        masks: of the catalogue.
        catalogue_rows: of the model's n movies.
        log_ratings: float32[n], the logarithm of one more than the movie's ratings.
        batcher: of all of them.
        max_bytes: of all that is remembered, but for the last.
    """

    def __init__(
        self,
        masks: Masks,
        catalogue_rows: Rows,
        log_ratings: Floats,
        batcher: Batcher,
        *,
        max_bytes: int = _MAX_BYTES,
    ) -> None:
        self._masks, self._catalogue_rows, self._log_ratings = masks, catalogue_rows, log_ratings
        self._batcher, self._max_bytes = batcher, max_bytes
        self._kept: OrderedDict[tuple[str | None, float], Selection] = OrderedDict()
        self._bytes = 0

    def get(self, filter_: str | None, damping: float) -> Selection:
        """What a filter leaves, None leaves all; `damping` times the logarithm of its ratings is taken from each score.

        Raises:
            FilterError: see `Masks.get`.
        """
        key = filter_, damping
        selection = self._kept.get(key)
        if selection is None:
            selection = self._kept[key] = self._make(filter_, damping)
            self._bytes += selection.nbytes
            while self._bytes > self._max_bytes and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
        self._kept.move_to_end(key)
        return selection

    def added(self, filter_: str | None, damping: float) -> Floats | None:
        """What it adds to the scores of all movies: float32[n], or None for nothing.

        Raises:
            FilterError: see `Masks.get`.
        """
        added = np.float32(-damping) * self._log_ratings if damping else None
        if filter_ is None:
            return added
        mask = self._masks.get(filter_)[self._catalogue_rows]
        return np.where(mask, np.float32(0) if added is None else added, np.float32(-np.inf))

    def _make(self, filter_: str | None, damping: float) -> Selection:
        added = self.added(filter_, damping)
        if added is None:
            return Selection(len(self._catalogue_rows))
        rows = np.flatnonzero(added > -np.inf)
        if len(rows) * _FEW <= len(added):
            return Selection(len(rows), rows, self._batcher.of(rows, added[rows]) if len(rows) else None)
        return Selection(len(rows), added=added)
