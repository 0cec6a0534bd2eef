"""The distinct texts of a field, compact: a hundred thousand names take what their letters take."""

import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import numpy as np

from shared.ids import Rows

_END: Final = b"\0"  # before and after each text; no text holds one


def fold(text: str) -> str:
    """A text as filters compare it: its case makes no difference, nor how its accents are encoded.

    >>> fold("AMÉLIE") == fold("Ame\u0301lie"), fold("Amelie") == fold("Amélie")
    (True, False)
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).replace("\0", "")


class Vocabulary:
    """Distinct texts, each with a code from 0 in their order. `encode` makes one."""

    __slots__ = ("_letters", "_starts")

    def __init__(self, distinct: Sequence[bytes]) -> None:
        self._letters = _END + _END.join(distinct) + _END if distinct else b""
        self._starts = np.fromiter(accumulate((len(text) + 1 for text in distinct), initial=1), np.int64)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def _text(self, code: int) -> bytes:
        return self._letters[self._starts[code] : self._starts[code + 1] - 1]

    def code(self, text: str) -> int | None:
        """The code of a text, None where it is none of these."""
        wanted = fold(text).encode()
        found = bisect_left(range(len(self)), wanted, key=self._text)
        return found if found < len(self) and self._text(found) == wanted else None

    def codes_containing(self, part: str) -> Rows:
        """The codes of all texts that hold `part` anywhere, ascending."""
        wanted, places, place = fold(part).encode(), [], -1
        if not wanted:
            return np.arange(len(self))
        while (place := self._letters.find(wanted, place + 1)) >= 0:
            places.append(place)
            place = self._letters.index(_END, place)  # on to the next text
        return np.searchsorted(self._starts, np.array(places, np.int64), side="right") - 1


def encode(texts: Sequence[str]) -> tuple[Vocabulary, Rows]:
    """The vocabulary of some texts, and the code of each: int64[len(texts)].

    >>> words, codes = encode(["War", "Comedy", "war"])
    >>> codes.tolist(), words.code("COMEDY"), words.code("romance"), words.codes_containing("a").tolist()
    ([1, 0, 1], 0, None, [1])
    """
    folded = [fold(text).encode() for text in texts]
    distinct = sorted(set(folded))
    code_of = {text: code for code, text in enumerate(distinct)}
    return Vocabulary(distinct), np.fromiter(map(code_of.__getitem__, folded), np.int64, len(folded))
