"""Titles as MovieLens writes them: the year at the end, an article after a comma."""

import re
from typing import Final

from shared.names import FIRST_YEAR, LAST_YEAR

# "(1995)", "(2006-2007)", "(2007-)", also with an en or em dash, then perhaps "(V)" or "(TV)", as in 100K.
_YEAR: Final = re.compile(r"\((\d{4})(?: ?[-\u2013\u2014] ?(?:\d{4})?)?\)(?: ?\((?:V|TV)\))?$")
_ARTICLES: Final = (
    "The A An La Le Les L' Il Lo I Gli El Los Las Der Die Das Det Den De Het En Un Une Una O Os As"  # as they occur
)
# A title, or one in brackets after it, ends with ", The".
_TRAILING_ARTICLE: Final = re.compile(
    rf"(?P<start>^|\((?:a\.k\.a\. )?)(?P<title>[^()]+), (?P<article>{'|'.join(_ARTICLES.split())})(?=\s*(?:\(|\)|$))"
)


def split_title(text: str) -> tuple[str, int | None]:
    """A title without its year and with its article in front, and the year, None where there is none.

    What stands in brackets before the year (a foreign title, another name) stays, its article in front, too. Of a range
    of years the first counts.

    >>> split_title("City of Lost Children, The (Cité des enfants perdus, La) (1995) ")
    ('The City of Lost Children (La Cité des enfants perdus)', 1995)
    >>> split_title("Babylon 5")
    ('Babylon 5', None)
    """
    year = None
    title = text.strip()
    found = _YEAR.search(title)
    if found and found.start() > 0 and FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        year = int(found[1])
        title = title[: found.start()].rstrip()
    return _TRAILING_ARTICLE.sub(_article_first, title), year


def _article_first(found: re.Match[str]) -> str:
    article = found["article"]
    return f"{found['start']}{article}{'' if article.endswith(chr(39)) else ' '}{found['title']}"
