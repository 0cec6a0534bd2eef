"""One page for one version: a file by itself, without scripts, that asks no other address for anything."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.trainer.page import sections
from services.trainer.page.figures import figure_of, plots_of
from services.trainer.page.html import Html, element
from services.trainer.page.places import PlacedMovies
from services.trainer.plots.style import metric_name

MOST_BYTES: Final = 1_000_000
"""Of a page in UTF-8. Plots are left out, the largest first, where it would be more."""

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --muted: #59636e; --grid: #d9dee3; --good: #1a7f37;
  --bad: #bc4c00 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171b; --ink: #e6e9ed; --muted: #9aa4af; --grid: #3a414a; --good: #56d364; --bad: #ffa657 }
}
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 52rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .6rem; padding-top: .8rem; border-top: 1px solid var(--grid) }
p, ul, dl { margin: .5rem 0 }
.note, figcaption, header p, dd { color: var(--muted) }
figcaption, .note, dl { font-size: .875rem }
.passed, .refused { font-size: 1.15rem; font-weight: 600 }
.passed { color: var(--good) }
.refused { color: var(--bad) }
.wide { overflow-x: auto }
figure { margin: 1.5rem 0 }
svg { display: block; width: 100%; min-width: 34rem; height: auto }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .9rem .3rem 0; text-align: right; vertical-align: top; border-bottom: 1px solid var(--grid);
  white-space: nowrap }
th:first-child { text-align: left; font-weight: 400 }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem }
thead th { font-weight: 600; vertical-align: bottom; white-space: normal; min-width: 4.5rem }
.plain td { text-align: left; white-space: normal; overflow-wrap: anywhere }
small { display: block; color: var(--muted); font-size: .75rem }
dt { font-weight: 600 }
dd { margin: 0 0 .4rem }
"""


def make_page(
    version: str,
    report: Mapping[str, Any],
    placed: PlacedMovies | None = None,
    on_step: Callable[[float], None] = lambda _: None,
) -> str:
    """The page of a version, at most `MOST_BYTES` long.

    A plot that can't be drawn is left out and told of in the log. The page itself holds for every report that
    `build_report` makes, of whatever objective.

    Args:
        version: its name.
        report: as it is kept with the version.
        placed: for a map of the vectors; None where there are none, because the gate refused the version.
        on_step: told between plots what part is done, 0 to 1. What it raises ends the drawing.
    """
    plots = plots_of(report, sections.rows_of(report), sections.THIS_MODEL, placed)
    figures: dict[str, Html] = {}
    for number, plot in enumerate(plots):
        on_step(number / len(plots))
        figures[plot.name] = figure_of(plot)
    on_step(1.0)
    page = _compose(version, report, figures)
    while len(page.encode()) > MOST_BYTES and any(figures.values()):
        largest = max(figures, key=lambda name: len(figures[name]))
        figures[largest] = Html("")
        page = _compose(version, report, figures)
    return page


def _compose(version: str, report: Mapping[str, Any], figures: Mapping[str, Html]) -> str:
    title = f"Model version {version}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"Marquee: {title[0].lower()}{title[1:]}"),
        Html(f"<style>{_STYLE}</style>"),
    )
    recipe = report.get("recipe", {})
    about = f"Family {recipe.get('family', 'unknown')}, trained by job {report.get('job_id', 'unknown')}"
    header = element("header", element("h1", title), element("p", about))
    body = element("body", header, element("main", *_sections(report, figures)))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _lengths(report: Mapping[str, Any]) -> list[Html]:
    """The figures for shorter and longer lists, where the report has them."""
    found = report.get("details", {}).get("other_lengths", {})
    if not found:
        return []
    names = {metric_name(key): value for key, value in found.items()}
    return [element("h3", "In shorter and longer lists"), sections.values_table(names)]


def _sections(report: Mapping[str, Any], figures: Mapping[str, Html]) -> list[Html]:
    def figure(name: str) -> Html:
        return figures.get(name, Html(""))

    data = report.get("data", {})
    chosen = [figure("curves"), figure("linear")]
    if not any(chosen):
        chosen = [element("p", "Nothing was tried: all that depends on the data was asked for.")]
    settings = [sections.values_table(report.get("recipe", {}))]
    settings += [element("h3", "As asked for"), sections.values_table(report.get("request", {}))]
    parts: dict[str, list[Html]] = {
        "Verdict": [sections.verdict(report)],
        "How good it is": [
            sections.how_judged(data),
            sections.comparison_table(report),
            figure("comparison"),
            figure("deciles"),
            *_lengths(report),
            element("h3", "What the figures mean"),
            sections.meanings(report["metrics"]),
        ],
        "How it was chosen": chosen,
        "Map of the movies": [figure("map") or element("p", "No map was drawn for this version.", class_="note")],
        "Data": [sections.data_table(data)],
        "Settings": settings,
        "Seconds": [sections.values_table(report.get("seconds", {}))],
        "Software": [sections.values_table(report.get("software", {}))],
    }
    return [element("section", element("h2", heading), *content) for heading, content in parts.items()]
