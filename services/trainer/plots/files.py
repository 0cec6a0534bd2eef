"""Figures as files: PNG and SVG, the same bytes each time."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from services.trainer.plots.style import GRID, INK, MUTED, PAPER, drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PNG_DPI: Final = 160
_NO_METADATA: Final = dict.fromkeys(("Date", "Creator", "Format", "Type"))
_SVG: Final = "{http://www.w3.org/2000/svg}"
_LINK: Final = "{http://www.w3.org/1999/xlink}href"
_INLINE: Final = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    PAPER: "var(--paper)",
    "'DejaVu Sans', sans-serif": "system-ui, sans-serif",
    "'DejaVu Sans'": "system-ui, sans-serif",
}
"""What a page decides, by light and dark; such are the names of its variables."""
_LONG_NUMBER: Final = re.compile(r"(\.\d\d)\d+")


def save(figure: "Figure", path: Path) -> None:
    """Write `path` with the suffixes .png and .svg, on paper."""
    path.with_suffix(".svg").write_text(_svg(figure, path.stem, PAPER), encoding="utf-8")
    with drawing(path.stem):
        figure.savefig(path.with_suffix(".png"), dpi=_PNG_DPI, facecolor=PAPER, metadata={"Software": None})


def inline_svg(figure: "Figure", name: str, description: str) -> str:
    """A figure as an element of an HTML page: no namespace, no address, colours of text by the page's variables.

    Args:
        figure: what is drawn.
        name: unlike that of others on the page.
        description: for those who can't see it.
    """
    root = ET.fromstring(_svg(figure, name, "none"))  # noqa: S314 - what matplotlib has just written
    for parent in root.iter():
        for child in list(parent):
            if child.tag in {f"{_SVG}metadata", f"{_SVG}style"}:
                parent.remove(child)
    for element in root.iter():
        _adapt(element)
    view_box = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update({"viewBox": view_box, "role": "img", "aria-label": description})
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)


def _adapt(element: ET.Element) -> None:
    element.tag = element.tag.removeprefix(_SVG)
    link = element.attrib.pop(_LINK, None)
    if element.tag == "g":
        element.attrib.pop("id", None)  # nothing refers to it, and other figures have the same
    for name, value in element.attrib.items():
        if name == "style":
            for ours, pages in _INLINE.items():
                value = value.replace(ours, pages)  # noqa: PLW2901 - one after the other
            element.set(name, value)
        elif name not in {"id", "clip-path"}:
            element.set(name, _LONG_NUMBER.sub(r"\1", value))
    if link is not None:
        element.set("href", link)


def _svg(figure: "Figure", name: str, background: str) -> str:
    from io import StringIO

    text = StringIO()
    with drawing(name):
        figure.savefig(text, format="svg", facecolor=background, metadata=_NO_METADATA)
    return text.getvalue()
