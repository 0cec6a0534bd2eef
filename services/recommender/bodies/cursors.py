"""Cursors of lists: where the next page begins. They name the last thing shown, so what comes in shifts nothing."""

import base64
import binascii
from typing import Annotated, Final

import orjson
from fastapi import Query

from shared.errors import InvalidInputError

_MAX_CHARACTERS: Final = 1_000

Cursor = Annotated[
    str | None,
    Query(max_length=_MAX_CHARACTERS, description="`nextCursor` of the page before; none for the first page."),
]


def make_cursor(*after: str | int) -> str:
    """A cursor behind what these values tell from all others.

    >>> read_cursor(make_cursor("Amélie", 7), str, int)
    ['Amélie', 7]
    """
    return base64.urlsafe_b64encode(orjson.dumps(after)).decode().rstrip("=")


def read_cursor(cursor: str, *types: type) -> list[str | int]:
    """The values that a cursor was made of.

    Raises:
        InvalidInputError: it is no cursor of this list.
    """
    try:
        values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError):
        values = None
    if not isinstance(values, list) or [type(value) for value in values] != list(types):
        raise InvalidInputError("The cursor is none of this list. Take `nextCursor` of a page as it is, or none.")
    return values
