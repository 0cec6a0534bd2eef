"""Finds movies by title in memory: accents, case and punctuation make no difference, and errors of typing little."""

import re
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import numpy as np

from services.recommender.movies.misspelt import Words
from shared.ids import Rows

_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")
# Letters that Unicode does not take apart, as people write them on a keyboard without; and apostrophes, which part no
# words.
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "\u0131": "i"}
    | dict.fromkeys("'`\u2018\u2019\u02bb\u02bc", None)
)
_FEW: Final = 5  # titles found; with fewer, the query may have been mistyped
_MAX_MISSPELT: Final = 50  # titles that may have been meant by a mistyped query
# Queries whose titles are remembered. While people type, all begin with the same few letters, which are in most titles:
# of 62,000, "the" takes 50 ms.
_REMEMBERED: Final = 32


def fold(text: str) -> str:
    """Lower-case words without accents or punctuation, single spaces between.

    >>> fold("Amélie: The «Fabulous» Destiny…"), fold("Schindler's Łódź")
    ('amelie the fabulous destiny', 'schindlers lodz')
    """
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _BETWEEN_WORDS.sub(" ", text.casefold().translate(_LETTERS)).strip()


class TitleIndex:
    """Folded titles in the order of popularity.

    Args:
        titles: of each row, None where a movie has none.
        by_popularity: all rows, the most popular first.
    """

    __slots__ = ("_closed", "_found", "_places", "_rows", "_starts", "_titles", "_words")

    def __init__(self, titles: Sequence[str | None], by_popularity: Rows) -> None:
        self._rows = by_popularity
        self._found: OrderedDict[str, Rows] = OrderedDict()  # by query, the latest last
        # A space before each title, so that a word's beginning is found as " word".
        self._titles = [" " + fold(titles[row] or "") for row in by_popularity.tolist()]
        self._closed = [title.replace(" ", "") for title in self._titles]
        codes: dict[str, int] = {}  # those of popular titles first
        pairs = [
            (codes.setdefault(word, len(codes)), place)
            for place, title in enumerate(self._titles)
            for word in title.split()
        ]
        by_word = np.array(sorted(pairs), np.int32).reshape(-1, 2)
        self._words = Words(list(codes))
        self._places = by_word[:, 1].copy()
        self._starts = np.searchsorted(by_word[:, 0], np.arange(len(codes) + 1))

    def find(self, query: str) -> Rows:
        """Rows whose title holds every word of `query`, best match first, and the more popular of equal matches.

        Where a word of the query begins a word of the title it may run on over the words that follow: "spiderman" is in
        "Spider-Man", "mash" in "M*A*S*H". The title that is the query comes first, then titles that begin with its
        words, those that begin with it, those that hold it from a word's beginning on, those in which each of its words
        begins some word, and those that hold its words anywhere. Where few do, those follow that would if
        some letters of the query were others, the fewer the better: see `misspelt`.
        """
        folded = fold(query)
        rows = self._found.get(folded)
        if rows is None:
            rows = self._found[folded] = self._search(folded)
            if len(self._found) > _REMEMBERED:
                self._found.popitem(last=False)
        self._found.move_to_end(folded)
        return rows

    def _search(self, folded: str) -> Rows:
        words = sorted(set(folded.split()), key=len, reverse=True)  # the longest first: it leaves the fewest titles
        if not words:
            return np.empty(0, np.int64)
        titles, closed, places = self._titles, self._closed, list(range(len(self._titles)))
        patterns = [_from_word(word) for word in words]
        for word, pattern in zip(words, patterns, strict=True):
            places = [place for place in places if word in closed[place]]  # quick, and leaves a few too many
            places = [place for place in places if word in titles[place] or pattern.search(titles[place])]
        phrase = _from_word(folded.replace(" ", ""))
        places.sort(key=lambda place: _rank(titles[place], phrase, patterns))
        if len(places) < _FEW:
            known = set(places)
            places += [place for place in self._misspelt(folded.split()) if place not in known]
        return self._rows[np.array(places, np.int64)]

    def _misspelt(self, words: Sequence[str]) -> list[int]:
        """Places of the titles that hold each of `words`, or one that it may have been meant to be."""
        n, never = len(self._titles), np.iinfo(np.int16).max // 2
        errors = np.zeros(n, np.int16)
        for number, word in enumerate(words, start=1):
            meant, edits = self._words.near(word, is_begun=number == len(words))
            of_word = np.full(n, never, np.int16)
            for code, edit in zip(meant[::-1].tolist(), edits[::-1].tolist(), strict=True):
                of_word[self._places[self._starts[code] : self._starts[code + 1]]] = edit
            for code in self._words.beginning_with(word).tolist():
                of_word[self._places[self._starts[code] : self._starts[code + 1]]] = 0
            errors = np.minimum(errors + of_word, never)
        found = np.flatnonzero(errors < never)
        places: list[int] = found[np.argsort(errors[found], kind="stable")][:_MAX_MISSPELT].tolist()
        return places


def _from_word(letters: str) -> re.Pattern[str]:
    """Finds `letters` from a word's beginning on, over the spaces between words."""
    return re.compile(" " + " ?".join(re.escape(letter) for letter in letters))


def _rank(title: str, phrase: re.Pattern[str], words: Sequence[re.Pattern[str]]) -> int:
    """How well a title that holds all `words` matches: 0 is best."""
    found = phrase.search(title)
    if found is None:
        return 4 if all(word.search(title) for word in words) else 5
    if found.start() > 0:
        return 3
    if found.end() == len(title):
        return 0
    return 1 if title[found.end()] == " " else 2
