"""HTML that is escaped by construction: text becomes markup through `element` alone."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

_VOID: Final = frozenset({"meta", "br"})


class Html(str):
    """Markup, as against text, which is escaped where it is put into an element."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str) -> Html:
    r"""An element; children that are text, and all attributes, are escaped.

    >>> element("p", "1 < 2 ", element("b", "&"), class_="x\"y")
    '<p class="x&quot;y">1 &lt; 2 <b>&amp;</b></p>'
    """
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{together(children)}</{name}>")


def together(parts: Iterable[str]) -> Html:
    """Parts one after the other; those that are text are escaped."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    """A table whose first column names its rows. It scrolls by itself where the page is too narrow."""
    head = element("thead", element("tr", *(element("th", heading, scope="col") for heading in headings)))
    body = (
        element("tr", element("th", first, scope="row"), *(element("td", cell) for cell in cells))
        for first, *cells in rows
    )
    parts = [*([head] if headings else []), element("tbody", *body)]
    return element("div", element("table", *parts), class_="wide" if headings else "wide plain", tabindex="0")
