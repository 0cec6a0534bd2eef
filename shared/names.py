"""Names and ids as people and other catalogues write them, in the one form that they have in the graph."""

import re
import unicodedata
from typing import Final

from shared.ids import MAX_ID_CHARACTERS

FIRST_YEAR: Final = 1870  # the first moving pictures
LAST_YEAR: Final = 2100
POSTER_PATH: Final = r"/[A-Za-z0-9_-]{1,100}\.(?:jpg|jpeg|png|webp)"
"""A path as TMDb names a poster by: plain, since it becomes a part of an address."""
_SPACE: Final = re.compile(r"\s+")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_IMDB: Final = re.compile(r"(?:tt)?0*([0-9]{1,10})", re.ASCII)


def word(text: str) -> str | None:
    r"""A name that people type in several ways: composed, in lower case, single spaces, without control characters.

    None where nothing is left, or more than an id may have.

    >>> word("  Sci-Fi\tCLASSIC ")
    'sci-fi classic'
    """
    normal = _SPACE.sub(" ", _CONTROL.sub(" ", unicodedata.normalize("NFKC", text))).strip().casefold()
    return normal if 1 <= len(normal) <= MAX_ID_CHARACTERS else None


def imdb_id(text: str | None) -> str | None:
    """IMDb's id of a movie as IMDb writes it: `tt` and at least seven digits. MovieLens leaves the letters away.

    >>> imdb_id("0114709"), imdb_id("tt0111161"), imdb_id("nm0000158")
    ('tt0114709', 'tt0111161', None)
    """
    found = _IMDB.fullmatch(text or "")
    return f"tt{int(found[1]):07}" if found else None


def person_id(name: str) -> str:
    """The id of a person of whom a source knows the name alone: the same however the name is spaced and capitalised.

    >>> person_id("Agnès  Varda")
    'name:agnès varda'
    """
    return f"name:{word(name)}"
