"""Outside ids and dense rows: two types, and `IdMap`, which alone turns one into the other."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NewType

import numpy as np
import numpy.typing as npt

from shared.errors import InvalidInputError

UserId = NewType("UserId", str)
MovieId = NewType("MovieId", str)
Rows = npt.NDArray[np.int64]
"""Dense rows, 0 ≤ row < n, of a matrix whose order an `IdMap` or a `NodeTable` fixes."""

MAX_ID_CHARACTERS: Final = 128
# Control characters (C0, DEL, C1) and lone surrogates, which no database and no JSON reader takes.
_FORBIDDEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def check_id(value: str, what: str = "id") -> str:
    """`value` itself if it can be an id: 1 to 128 characters, none of them a control character.

    Raises:
        InvalidInputError: it can't.

    >>> check_id("tt0111161")
    'tt0111161'
    """
    if not 1 <= len(value) <= MAX_ID_CHARACTERS:
        raise InvalidInputError(
            f"{what} {value[:40]!r} has {len(value)} characters; an id has 1 to {MAX_ID_CHARACTERS}."
        )
    if found := _FORBIDDEN.search(value):
        raise InvalidInputError(f"{what} {value!r} holds the control character {found.group()!r}; take it out.")
    return value


class IdMap:
    """Ids and their rows, both ways. The order given is the order of the rows.

    Raises:
        ValueError: an id stands there twice.

    >>> movies = IdMap(["10", "7"])
    >>> movies.row("7"), movies.ids[0], len(movies)
    (1, '10', 2)
    """

    __slots__ = ("_row_of", "ids")

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids: list[str] = list(ids)
        self._row_of = {id_: row for row, id_ in enumerate(self.ids)}
        if len(self._row_of) != len(self.ids):
            raise ValueError("ids must be unique")

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._row_of

    def row(self, id_: str) -> int | None:
        """The row of `id_`, or None if it has none."""
        return self._row_of.get(id_)

    def rows(self, ids: Sequence[str]) -> Rows:
        """The rows of `ids`, int64[len(ids)], -1 where an id has none."""
        get = self._row_of.get
        return np.fromiter((get(id_, -1) for id_ in ids), np.int64, len(ids))
