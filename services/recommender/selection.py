"""What a filter leaves of a model's movies, in the form that scores them fastest. Remembered by the filter's text."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.recommender.batcher import Batcher, Best
from services.recommender.filters.masks import Masks
from shared.ids import Rows
from shared.scoring import Floats

_FEW: Final = 8  # where a filter leaves less than this part of all movies, they alone are scored
_MAX_BYTES: Final = 16_000_000  # of all that is remembered: 60 filters that leave many, or 8 of a thirtieth of 62,000


@dataclass(frozen=True, slots=True)
class Selection:
    """Some of the movies of a model.

    Attributes:
        rows: of the model, ascending.
        few: scores these alone; where they are many, all are scored, and `added` takes the others out.
        added: float32[n], 0 for these movies and -inf for the others.
    """

    rows: Rows
    few: Batcher | None
    added: Floats | None

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return (
            self.rows.nbytes
            + (self.few.nbytes if self.few else 0)
            + (self.added.nbytes if self.added is not None else 0)
        )

    async def best(self, batcher: Batcher, user: Floats, excluded: Rows, k: int, added: Floats | None) -> Best:
        """As `Batcher.best` of the model's own `batcher`, of these movies alone."""
        if not len(self.rows):
            return Best([], [])
        if self.few is None:
            both = self.added if added is None or self.added is None else self.added + added
            return await batcher.best(user, excluded, k, both)
        places = np.searchsorted(self.rows, excluded)
        places[places == len(self.rows)] = 0
        out = places[self.rows[places] == excluded]
        best = await self.few.best(user, out, k, None if added is None else added[self.rows])
        return Best(self.rows[best.rows].tolist(), best.scores)


class Selections:
    """The selections of one model, least recently used out first.

    Args:
        masks: of the catalogue.
        catalogue_rows: of the model's n movies.
        batcher: of all of them.
        max_bytes: of all that is remembered, but for the last.
    """

    def __init__(self, masks: Masks, catalogue_rows: Rows, batcher: Batcher, *, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._masks, self._catalogue_rows, self._batcher = masks, catalogue_rows, batcher
        self._kept: OrderedDict[str, Selection] = OrderedDict()
        self._bytes = 0

    def get(self, text: str) -> Selection:
        """What a filter leaves.

        Raises:
            FilterError: see `Masks.get`.
        """
        selection = self._kept.get(text)
        if selection is None:
            selection = self._kept[text] = self._make(text)
            self._bytes += selection.nbytes
            while self._bytes > self._max_bytes and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
        self._kept.move_to_end(text)
        return selection

    def _make(self, text: str) -> Selection:
        mask = self._masks.get(text)[self._catalogue_rows]
        rows = np.flatnonzero(mask)
        if len(rows) * _FEW <= len(mask):
            return Selection(rows, self._batcher.of(rows) if len(rows) else None, None)
        return Selection(rows, None, np.where(mask, np.float32(0), np.float32(-np.inf)))
