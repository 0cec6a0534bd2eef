"""Words as they were meant: for each word of a query the words of titles that it is a typing error away from."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.ids import Rows

Letters = npt.NDArray[np.int32]

_LONGEST: Final = 24  # letters that are compared; a longer word differs from others before
_ONE_ERROR: Final = 4  # letters of a word that may hold an error: of fewer, most words are an error apart
_TWO_ERRORS: Final = 7
_MAX_MEANT: Final = 12  # words that one may have been meant to be


def errors_allowed(word: str) -> int:
    """How many letters of a word may be wrong, missing, too many or changed with their neighbour.

    >>> [errors_allowed(word) for word in ("war", "alen", "odissey", "shawshenk")]
    [0, 1, 2, 2]
    """
    return (len(word) >= _ONE_ERROR) + (len(word) >= _TWO_ERRORS)


class Words:
    """Distinct words, as a matrix of letters that another is compared with at once.

    Args:
        words: in the order in which they are preferred where several are equally near.
    """

    __slots__ = ("_columns", "_lengths", "_words")

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)
        self._lengths = np.fromiter((min(len(word), _LONGEST) for word in words), np.int64, len(words))
        padded = "".join(word[:_LONGEST].ljust(_LONGEST, "\0") for word in words)
        letters = np.frombuffer(padded.encode("utf-32-le"), np.int32).reshape(len(words), _LONGEST)
        self._columns = np.ascontiguousarray(letters.T)

    def beginning_with(self, letters: str) -> Rows:
        """The places of the words that begin with these letters."""
        return np.array([place for place, word in enumerate(self._words) if word.startswith(letters)], np.int64)

    def near(self, word: str, *, is_begun: bool) -> tuple[Rows, Rows]:
        """The places of the words that `word` may have been meant to be, and their errors: the nearest, at most twelve.

        Args:
            word: with errors, at least one.
            is_begun: it may be the beginning of a longer word, for it is still being typed.
        """
        most, letters = errors_allowed(word), word[:_LONGEST]
        if not most:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        longer = self._lengths - len(letters)
        rows = np.flatnonzero((longer >= -most) & ((longer <= most) | is_begun))
        columns = self._columns[: len(letters) + most, rows]
        rows = rows[_shares_letters(columns, letters, most)]
        columns = self._columns[: len(letters) + most, rows]
        table = _distances(letters, columns)
        whole = np.minimum(self._lengths[rows], len(letters) + most)
        distances = table[whole, np.arange(len(rows))]
        distances[self._lengths[rows] > len(letters) + most] = most + 1
        if is_begun:
            distances = np.minimum(distances, table[len(letters) - most :].min(axis=0))
        order = np.argsort(distances, kind="stable")[:_MAX_MEANT]
        order = order[(distances[order] <= most) & (distances[order] > 0)]
        return rows[order], distances[order].astype(np.int64)


def _shares_letters(columns: Letters, word: str, most: int) -> npt.NDArray[np.bool_]:
    """Which words hold enough of a word's letters, wherever: the others are further away, and need not be compared."""
    shared = np.zeros(columns.shape[1], np.int64)
    for letter in set(word):
        shared += np.minimum((columns == ord(letter)).sum(axis=0), word.count(letter))
    return shared >= len(word) - most


def _distances(word: str, columns: Letters) -> npt.NDArray[np.int8]:
    """Edits (a letter more, less, other, or changed with its neighbour) from a word to each beginning of n words.

    Args:
        word: m letters.
        columns: int32[w, n], the letters of the words.

    Returns:
        int8[w + 1, n], by the length of the beginning.
    """
    width, n = columns.shape
    last = np.repeat(np.arange(width + 1, dtype=np.int8)[:, None], n, axis=1)
    before = last
    for i, letter in enumerate(word, start=1):
        row = np.empty_like(last)
        row[0] = i
        for j in range(1, width + 1):
            differs = columns[j - 1] != ord(letter)
            best = np.minimum(np.minimum(last[j], row[j - 1]) + 1, last[j - 1] + differs)
            if i > 1 and j > 1:
                is_swapped = (columns[j - 2] == ord(letter)) & (columns[j - 1] == ord(word[i - 2]))
                best = np.where(is_swapped, np.minimum(best, before[j - 2] + 1), best)
            row[j] = best
        before, last = last, row
    return last
