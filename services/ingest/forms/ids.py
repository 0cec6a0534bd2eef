"""What an id looks like in a source, and the one form that it is given."""

import re
from collections.abc import Callable
from typing import Final

from shared.errors import InvalidInputError
from shared.ids import check_id

Normalise = Callable[[str], str | None]
"""The one form of a text that may be written in several; None where it is no such thing."""

_DECIMAL: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


def decimal_id(text: str) -> str | None:
    """A whole number as an id: without leading zeros; None where it is none.

    >>> decimal_id("0042"), decimal_id("4.2")
    ('42', None)
    """
    return str(int(text)) if _DECIMAL.fullmatch(text) else None


def free_id(text: str) -> str | None:
    """Any id that the graph takes; None where it takes it not."""
    try:
        return check_id(text)
    except InvalidInputError:
        return None
