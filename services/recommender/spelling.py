"""Words that someone may have meant: those of the catalogue that a word is few typing errors away from."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_COLUMN: Final = {letter: place for place, letter in enumerate(_LETTERS)}
_SHORT: Final = 4  # letters: a word this short is taken as it stands, or with one error
_LONG: Final = 8  # from so many on two errors are forgiven
_MOST_COMPARED: Final = 400  # the nearest by their letters


class Vocabulary:
    """The words of a catalogue.

    Args:
        words: each as often as it stands there; the first ones are preferred where two are equally near.
    """

    __slots__ = ("_counts", "_lengths", "_words")

    def __init__(self, words: Iterable[str]) -> None:
        self._words = list(dict.fromkeys(words))
        self._counts = _letter_counts(self._words)
        self._lengths = np.array([len(word) for word in self._words], np.int16)

    def __contains__(self, word: str) -> bool:
        return self.near(word, 1)[:1] == [word]

    def near(self, word: str, most: int) -> list[str]:
        """At most so many words that `word` may stand for, the nearest first.

        >>> Vocabulary(["godfather", "father", "good"]).near("godfathr", 2)
        ['godfather']
        """
        allowed = 0 if len(word) < _SHORT else 1 if len(word) < _LONG else 2
        if not self._words:
            return []
        # Each error changes the counts of two letters at the most: a sieve that leaves few to be compared.
        differences = np.abs(self._counts - _letter_counts([word])).sum(1)
        possible = np.flatnonzero((differences <= 2 * allowed) & (np.abs(self._lengths - len(word)) <= allowed))
        nearest = possible[np.argsort(differences[possible], kind="stable")[:_MOST_COMPARED]]
        found = [(errors(word, self._words[place], allowed), int(place)) for place in nearest]
        return [self._words[place] for distance, place in sorted(found) if distance <= allowed][:most]


def errors(typed: str, meant: str, most: int) -> int:
    """How many letters are wrong, missing, too many, or swapped with their neighbours (Damerau, 1964).

    `most` + 1 where there are more than `most`.

    >>> [errors("odissey", "odyssey", 2), errors("shawshenk", "shawshank", 2), errors("amelei", "amelie", 1)]
    [1, 1, 1]
    >>> errors("alien", "casablanca", 2)
    3
    """
    if abs(len(typed) - len(meant)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(meant) + 1))
    for row, letter in enumerate(typed, 1):
        current = [row]
        for column, other in enumerate(meant, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == meant[column - 2] and typed[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > most:
            return most + 1
        before, last = last, current
    return min(last[-1], most + 1)


def _letter_counts(words: Sequence[str]) -> npt.NDArray[np.int16]:
    """How often each word has each letter: int16[n, 37]; the last column counts all other characters."""
    counts = np.zeros((len(words), len(_LETTERS) + 1), np.int16)
    for place, word in enumerate(words):
        for letter in word:
            counts[place, _COLUMN.get(letter, -1)] += 1
    return counts
