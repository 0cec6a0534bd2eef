"""Pages that repeat nothing: a cursor carries short marks of all movies that were shown.

So it needs no memory in any process: whichever replica gets it leaves these movies out, whatever has been rated, and
whichever version is served by then. Of a million million marks two of 62,000 movies share one in one catalogue of six
hundred; who is shown one of the two is then never shown the other on a later page.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import numpy as np

from shared.errors import InvalidInputError
from shared.ids import Rows

MAX_SHOWN: Final = 1_000
"""Movies that a cursor can carry. It is then 6,671 characters long, which fits into the 8 kB of a common proxy."""
MAX_CHARACTERS: Final = 6_700
_MARK_BYTES: Final = 5
_FORM: Final = b"\x01"


class Marks:
    """The marks of a catalogue's movies: the same for an id in every process.

    Attributes:
        each: the mark of each row.
    """

    __slots__ = ("_order", "_values", "each")

    def __init__(self, ids: Sequence[str]) -> None:
        self.each = [blake2b(id_.encode(), digest_size=_MARK_BYTES).digest() for id_ in ids]
        values = _values(b"".join(self.each))
        self._order = np.argsort(values)
        self._values = values[self._order]

    def rows(self, marks: bytes) -> Rows:
        """The rows that have one of the marks."""
        if not marks:  # most ask for a first page
            return self._order[:0]
        wanted = np.unique(_values(marks))
        first = np.searchsorted(self._values, wanted, side="left")
        counts = np.searchsorted(self._values, wanted, side="right") - first
        places = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        rows: Rows = self._order[places]
        return rows


def _values(marks: bytes) -> Rows:
    """Marks as whole numbers."""
    padded = np.zeros((len(marks) // _MARK_BYTES, 8), np.uint8)
    padded[:, :_MARK_BYTES] = np.frombuffer(marks, np.uint8).reshape(-1, _MARK_BYTES)
    return padded.view("<i8")[:, 0].astype(np.int64)


def make_cursor(marks: bytes) -> bytes:
    """What a client gives back to be shown what comes after these movies: a JSON text that fits into a URL, or null.

    Null where a cursor can carry no more.
    """
    if len(marks) > MAX_SHOWN * _MARK_BYTES:
        return b"null"
    return b'"%b"' % urlsafe_b64encode(_FORM + marks).rstrip(b"=")


def read_cursor(cursor: str | None, offset: int = 0) -> bytes:
    """The marks in a cursor, none where there is none.

    Raises:
        InvalidInputError: it is no cursor, or there is an offset, too.
    """
    if not cursor:
        return b""
    if offset:
        raise InvalidInputError("cursor and offset don't go together: a cursor passes over what was shown by itself.")
    try:
        found = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        found = b""
    marks = found[1:]
    if found[:1] != _FORM or len(marks) % _MARK_BYTES or len(marks) > MAX_SHOWN * _MARK_BYTES:
        raise InvalidInputError("The cursor is none of ours. Give back `next` of an answer as it is, or leave it out.")
    return marks
