"""The plots of a page: drawn if they can be, and never a reason to fail."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.trainer.page.html import Html, element
from services.trainer.page.places import PlacedMovies
from services.trainer.plots.comparison import comparison_bars, recall_by_decile
from services.trainer.plots.curves import linear_parts, validation_curves
from services.trainer.plots.files import inline_svg
from services.trainer.plots.movie_map import MOST_MOVIES, movie_map
from services.trainer.plots.style import metric_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot that a page may have.

    Attributes:
        name: unlike that of the others.
        caption: what is to be seen, for those who see it and those who don't.
        draw: makes it.
    """

    name: str
    caption: str
    draw: "Callable[[], Figure]"


def plots_of(
    report: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]], model: str, placed: PlacedMovies | None
) -> list[Plot]:
    """Those for which the report holds what they show.

    Args:
        report: of a version.
        rows: figures of the model and of its baselines, by name.
        model: its name among them.
        placed: for the map; None where there are no vectors.
    """
    found = []
    metrics = headline(report["metrics"])
    if metrics:
        names = " and ".join(map(metric_name, metrics))
        caption = f"{names} of this model and of each baseline on the same held-out events. Whiskers, where there are "
        caption += "any, hold 95% of bootstrap resamples of the users."
        found.append(Plot("comparison", caption, lambda: comparison_bars(rows, metrics, model)))
    if "recall_by_decile" in rows[model]:
        caption = (
            "Recall@20 of held-out likes, by how well-known their movies are; beneath, how many of them there are."
        )
        found.append(Plot("deciles", caption, lambda: recall_by_decile(rows, model)))
    trials: Sequence[Mapping[str, Any]] = [trial for trial in report.get("selection", ()) if trial.get("curve")]
    if trials:
        caption = "Each setting that was tried, on validation data, by length of training. The ring is what was chosen."
        found.append(Plot("curves", caption, lambda: validation_curves(trials, report["recipe"])))
    if len(report.get("linear_part", ())) > 1:
        caption = "Linear parts that were tried beside the model, on validation data."
        found.append(Plot("linear", caption, lambda: linear_parts(report["linear_part"])))
    if placed is not None:
        caption = (
            "t-SNE of the vectors by which movies are scored. Near one another lies what is liked by the same people; "
            "distances between groups say little. The colour is the rarest of a movie's genres that has one."
        )
        movies, drawn = placed.movies, slice(MOST_MOVIES)
        draw = lambda: movie_map(placed.places[drawn], movies.titles[drawn], movies.genres[drawn])  # noqa: E731 - one of five alike
        found.append(Plot("map", caption, draw))
    return found


def headline(metrics: Mapping[str, Any]) -> list[str]:
    """The two metrics that a report is judged by first."""
    return [key for key in ("ndcg_at_20", "recall_at_20", "rmse", "mae") if key in metrics][:2]


def figure_of(plot: Plot) -> Html:
    """A plot as an element; nothing, and a line in the log, where it can't be drawn."""
    try:
        svg = inline_svg(plot.draw(), plot.name, plot.caption)
    except Exception:  # whatever is odd about the data: the version is worth more than its plot
        log.exception("the plot %r can't be drawn; the page goes without it", plot.name)
        return Html("")
    return element(
        "figure", element("div", Html(svg), class_="wide", tabindex="0"), element("figcaption", plot.caption)
    )
