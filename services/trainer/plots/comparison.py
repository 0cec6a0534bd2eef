"""A model beside its baselines: bars with intervals, and recall by how well-known movies are."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from services.trainer.plots.style import (
    ACCENT,
    COLOURS,
    INK,
    MUTED,
    PLAIN,
    lay_grid,
    metric_name,
    new_figure,
    styled,
    write_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Rows = Mapping[str, Mapping[str, Any]]
"""Figures of each model by its name: values by metric, and perhaps `intervals`, each [low, high], by metric."""
_BAR: Final = 0.62
_PERCENT: Final = 0.01
_OTHERS: Final = [colour for colour in COLOURS if colour != ACCENT]
_LINES: Final = 5  # of deciles, those of most recall: more can't be told apart


@styled
def comparison_bars(rows: Rows, metrics: Sequence[str], model: str) -> "Figure":
    """One panel for each metric, one bar for each model that has it, with its interval where there is one.

    Args:
        rows: figures by the model's name, in the order of the bars.
        metrics: keys, at most three.
        model: the name of the one that the others are beside.
    """
    figure, axes = new_figure(0.9 + 0.3 * len(rows), ncols=len(metrics), sharey=True, squeeze=False)
    for panel, metric in zip(axes[0], metrics, strict=True):
        _draw_bars(panel, rows, metric, model)
    axes[0, 0].set_yticks(range(len(rows)), list(rows))
    axes[0, 0].tick_params(axis="y", labelcolor=INK)
    axes[0, 0].invert_yaxis()
    return figure


def _draw_bars(axes: "Axes", rows: Rows, metric: str, model: str) -> None:
    most = 0.0
    for place, (name, row) in enumerate(rows.items()):
        if metric not in row:
            continue
        value = row[metric]
        axes.barh(place, value, _BAR, color=ACCENT if name == model else PLAIN, label=name)
        low, high = row.get("intervals", {}).get(metric, (value, value))
        if high > low:
            axes.errorbar(value, place, xerr=[[value - low], [high - value]], color=INK, capsize=2.5, lw=1.0)
        axes.annotate(f"{value:.3f}", (high, place), (4, 0), textcoords="offset points", va="center", fontsize=8.5)
        most = max(most, high)
    axes.set_xlim(0, most * 1.22 or 1)  # room for the figure
    axes.set_title(metric_name(metric), fontweight="bold")
    axes.spines["bottom"].set_visible(False)
    axes.locator_params(axis="x", nbins=4)
    lay_grid(axes, "x")


@styled
def recall_by_decile(rows: Rows, model: str) -> "Figure":
    """Recall by tenths of the movies, from the least to the most liked, and what part of the held-out likes each holds.

    Args:
        rows: of each model by name `recall_by_decile`: ten of `held_out` and `recall`, which is None where nothing is.
        model: the name of the one that the others are beside.
    """
    figure, (upper, lower) = new_figure(4.4, nrows=2, sharex=True, height_ratios=(3, 1))
    drawn = {name: row["recall_by_decile"] for name, row in rows.items() if "recall_by_decile" in row}
    tenths = np.arange(1, len(drawn[model]) + 1)
    others = sorted((name for name in drawn if name != model), key=lambda name: -rows[name].get("recall_at_20", 0))
    others = others[: _LINES - 1]
    colours = dict(zip([*others, model], [*_OTHERS[: len(others)], ACCENT], strict=True))
    for name, colour in colours.items():
        recalls = [np.nan if tenth["recall"] is None else tenth["recall"] for tenth in drawn[name]]
        upper.plot(tenths, recalls, marker="o", color=colour, lw=2.2 if name == model else 1.4, label=name)
    held_out = np.array([tenth["held_out"] for tenth in drawn[model]], float)
    parts = held_out / max(held_out.sum(), 1)
    lower.bar(tenths, parts, _BAR, color=PLAIN)
    for tenth, part in zip(tenths, parts, strict=True):
        text = f"{part:.0%}" if part >= _PERCENT or not part else "<1%"
        lower.annotate(text, (tenth, part), (0, 3), textcoords="offset points", ha="center", color=MUTED, fontsize=8)
    write_title(upper, "Recall@20 by how well-known movies are", "higher is better; a tenth of all movies each")
    upper.set_ylim(bottom=0)
    upper.set_ylabel("Recall@20")
    upper.legend(loc="upper left")
    lower.set_title("Part of the held-out likes", fontweight="bold")
    lower.margins(y=0.3)
    lower.set_yticks([])
    lower.spines["left"].set_visible(False)
    lower.set_xticks(tenths, ["least\nliked", *map(str, tenths[1:-1]), "most\nliked"])
    lay_grid(upper, "y")
    lay_grid(lower, "y")
    return figure
