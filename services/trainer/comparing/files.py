"""A comparison as files: JSON, Markdown, plots, and a section of a page that is written anew each time."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from services.trainer.comparing.shown import EXPLANATION, markdown_table, missing
from services.trainer.evaluation.comparison import HEADLINE

_HEAD: Final = """# Results

Each section is written by the command that stands in it; nothing else on this page is measured.
"""


def markdown(found: Mapping[str, Any]) -> str:
    """A section of a page: what was compared, how, when and on what, and the table."""
    data = found["data"]
    parts = [
        f"## {data['name']}",
        (
            f"{data['likes']:,} likes are known, and {data['held_out']:,} of {data['users']:,} users are held out "
            f"({data['split']}); {data['movies']:,} movies are ranked."
        ),
        markdown_table(found["models"]),
        *missing(found["models"]),
        EXPLANATION,
        f"`{found['command']}`, {found['at']}, Marquee {found['marquee']}; {found['machine']}.",
    ]
    return "\n\n".join(parts) + "\n"


def write_files(found: Mapping[str, Any], folder: Path) -> None:
    """`results.json`, `results.md`, and plots as PNG and SVG into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (folder / "results.md").write_text(markdown(found), encoding="utf-8")
    _draw(found["models"], folder)


def _draw(rows: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    """Bars with intervals, and recall by how well-known movies are; of those models that have figures."""
    from services.trainer.plots.comparison import comparison_bars, recall_by_decile
    from services.trainer.plots.files import save
    from services.trainer.plots.style import drawing

    judged = {name: row for name, row in rows.items() if "seconds" in row}
    metrics = [name for name in (*HEADLINE, "rmse") if any(name in row for row in judged.values())]
    ranked = next((name for name, row in judged.items() if "recall_by_decile" in row), None)
    with drawing():
        figures = {"comparison": comparison_bars(judged, metrics, next(iter(judged)))} if judged else {}
        if ranked is not None:
            figures["deciles"] = recall_by_decile(judged, ranked)
    for name, figure in figures.items():
        save(figure, folder / name)


def put_section(found: Mapping[str, Any], page: Path) -> None:
    """Put the section of this data into the page, in place of the one that is there; a new one goes to the end."""
    old = page.read_text(encoding="utf-8") if page.exists() else _HEAD
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(with_section(old, found["data"]["name"], markdown(found)), encoding="utf-8")


def with_section(page: str, name: str, text: str) -> str:
    """The page with `text` between the markers of `name`.

    >>> page = with_section("# Results", "a", "one")
    >>> with_section(page, "a", "two") == with_section("# Results", "a", "two")
    True
    """
    begin, end = f"<!-- marquee compare: {name} -->", f"<!-- the end of {name} -->"
    section = f"{begin}\n{text.strip()}\n{end}"
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if found.search(page):
        return found.sub(lambda _: section, page)
    return f"{page.rstrip()}\n\n{section}\n"
