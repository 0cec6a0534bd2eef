"""Finds movies by title in memory: accents, case and punctuation make no difference."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np

from shared.ids import Rows

_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Lower-case words without accents or punctuation, single spaces between.

    >>> fold("Amélie: The «Fabulous» Destiny…")
    'amelie the fabulous destiny'
    """
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _BETWEEN_WORDS.sub(" ", text.casefold()).strip()


class TitleIndex:
    """Folded titles in the order of popularity.

    Args:
        titles: of each row, None where a movie has none.
        by_popularity: all rows, the most popular first.
    """

    __slots__ = ("_rows", "_titles")

    def __init__(self, titles: Sequence[str | None], by_popularity: Rows) -> None:
        self._rows = by_popularity
        # A space before each title, so that a word's beginning is found as " word".
        self._titles = [" " + fold(titles[row] or "") for row in by_popularity.tolist()]

    def find(self, query: str) -> Rows:
        """Rows whose title holds every word of `query`, best match first, and the more popular of equal matches.

        The title that is the query comes first, then titles that begin with it, those that hold it from a word's
        beginning on, those in which each of its words begins some word, and those that hold its words anywhere.
        """
        phrase = fold(query)
        words = sorted(set(phrase.split()), key=len, reverse=True)  # the longest first: it leaves the fewest titles
        if not words:
            return np.empty(0, np.int64)
        titles, places = self._titles, list(range(len(self._titles)))
        for word in words:
            places = [place for place in places if word in titles[place]]
        places.sort(key=lambda place: _rank(titles[place], phrase, words))
        return self._rows[np.array(places, np.int64)]


def _rank(title: str, phrase: str, words: Sequence[str]) -> int:
    """How well a title that holds all `words` matches: 0 is best."""
    from_word = " " + phrase
    if title == from_word:
        return 0
    if title.startswith(from_word):
        return 1
    if from_word in title:
        return 2
    return 3 if all(" " + word in title for word in words) else 4
