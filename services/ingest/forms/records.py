"""Records of text as bytes: where the last whole one ends, what fields one has, and what its bytes say."""

import csv
from typing import Final

_LONGEST_TRIED_CUTS: Final = 1_000


def split_quoted(text: bytes, separator: bytes) -> list[bytes] | None:
    """The fields of one record of CSV, or None where it is none: a quote is never closed.

    >>> split_quoted(b'29,"City of Lost Children, The",Drama', b",")
    [b'29', b'City of Lost Children, The', b'Drama']
    """
    try:
        # Latin-1 gives each byte its own character, there and back.
        records = list(csv.reader([text.decode("latin-1")], delimiter=separator.decode(), strict=True))
    except csv.Error:
        return None
    return [value.encode("latin-1") for value in records[0]] if len(records) == 1 else None


def last_record_end(data: bytes, *, quoted: bool) -> int:
    """Where the last whole record ends; 0 where none does."""
    end = last = data.rfind(b"\n") + 1
    if not quoted:
        return end
    is_open = data.count(b'"', 0, end) % 2
    for _ in range(_LONGEST_TRIED_CUTS):
        if not is_open or not end:
            return end or last
        earlier = data.rfind(b"\n", 0, end - 1) + 1
        is_open ^= data.count(b'"', earlier, end) % 2
        end = earlier
    return last  # a quote that is never closed: any line's end will do


def decoded(text: bytes) -> str:
    """UTF-8 as text; what is none is read as Windows-1252, as Latin-1 is in practice."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")
