"""Curves of the trials that a training's settings were chosen by."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

from services.trainer.plots.style import (
    ACCENT,
    COLOURS,
    INK,
    MUTED,
    PAPER,
    lay_grid,
    metric_name,
    new_figure,
    styled,
    write_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Point = Mapping[str, float]
_OTHERS: Final = [colour for colour in COLOURS if colour != ACCENT]
_RING: Final[dict[str, Any]] = {"ms": 10, "mfc": "none", "mec": ACCENT, "mew": 1.8, "gid": "chosen"}


@styled
def validation_curves(trials: Sequence[Mapping[str, Any]], chosen: Mapping[str, Any]) -> "Figure":
    """How good each trial was on validation the longer it trained; beneath, its loss where the points have one.

    Args:
        trials: each with a `curve` of points (`epoch` or `steps`, and `ndcg_at_20` or `rmse`) and what it tried.
        chosen: the recipe; the point that it comes from is ringed.
    """
    first = trials[0]["curve"][0]
    by = "epoch" if "epoch" in first else "steps"
    metric = "ndcg_at_20" if "ndcg_at_20" in first else "rmse"
    rows = {"nrows": 2, "height_ratios": (3, 2)} if "loss" in first else {}
    figure, axes = new_figure(4.8 if rows else 3.6, sharex=True, squeeze=False, **rows)
    top: Axes = axes[0, 0]
    for trial, colour in zip(trials, cycle(_OTHERS)):
        for panel, key in zip(axes[:, 0], (metric, "loss"), strict=False):
            line = [(point[by], point[key]) for point in trial["curve"]]
            panel.plot(*zip(*line, strict=True), marker="o", color=colour, label=_name(trial))
    better = "lower" if metric == "rmse" else "higher"
    write_title(top, f"{metric_name(metric)} on validation, by length of training", f"{better} is better")
    top.set_ylabel(metric_name(metric))
    if "loss" in first:
        axes[-1, 0].set_ylabel("training loss")
    axes[-1, 0].set_xlabel("epochs (passes over all users)" if by == "epoch" else "steps")
    for panel in axes[:, 0]:
        lay_grid(panel, "y")
    _ring(top, trials, chosen, by, metric)
    if len(trials) > 1:
        top.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title="temperature", alignment="left")
    return figure


def _name(trial: Mapping[str, Any]) -> str:
    return f"{trial['temperature']:g}" if "temperature" in trial else "trial"


def _ring(axes: "Axes", trials: Sequence[Mapping[str, Any]], chosen: Mapping[str, Any], by: str, metric: str) -> None:
    """Around the point that was chosen, with what it is."""
    length = chosen.get("epochs" if by == "epoch" else by)
    own = [trial for trial in trials if trial.get("temperature") == chosen.get("temperature")] or trials
    points: list[Point] = [point for trial in own for point in trial["curve"]]
    point = min(points, key=lambda p: abs(p[by] - length) if length is not None else -p[metric])
    axes.plot([point[by]], [point[metric]], "o", **_RING)
    axes.margins(y=0.16)
    above = -19 if metric == "rmse" else 11  # points: on the side to which the curve bends away
    axes.annotate(
        f"chosen: {metric_name(metric)} {point[metric]:.4f}", (point[by], point[metric]), (0, above),
        textcoords="offset points", ha="center", color=INK, fontsize=8.5,
        bbox={"boxstyle": "round,pad=0.15", "fc": PAPER, "ec": "none", "alpha": 0.8},
    )  # fmt: skip


@styled
def linear_parts(blends: Sequence[Mapping[str, float]]) -> "Figure":
    """NDCG@20 on validation of a model with a linear part beside it, by the weight and the penalty of that part.

    Args:
        blends: each with `lambda`, `weight` and `ndcg_at_20`; one of weight 0 is the model alone. The best is ringed.
    """
    figure, axes = new_figure(3.2)
    alone = [blend for blend in blends if not blend["weight"]]
    tried = [blend for blend in blends if blend["weight"]]
    penalties = sorted({blend["lambda"] for blend in tried})
    for penalty, colour in zip(penalties, cycle(_OTHERS)):
        line = sorted((b["weight"], b["ndcg_at_20"]) for b in tried if b["lambda"] == penalty)
        axes.plot(*zip(*line, strict=True), marker="o", color=colour, label=f"{penalty:g}")
    for blend in alone:
        axes.axhline(blend["ndcg_at_20"], color=MUTED, linestyle=(0, (4, 3)), linewidth=1.1, label="no linear part")
    best = max(blends, key=lambda blend: blend["ndcg_at_20"])
    if best["weight"]:
        axes.plot([best["weight"]], [best["ndcg_at_20"]], "o", **_RING)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.minorticks_off()
    axes.margins(y=0.16)
    write_title(axes, "NDCG@20 on validation, with a linear part", "higher is better; the best is ringed")
    axes.set_xlabel("weight of the linear part")
    axes.set_ylabel("NDCG@20")
    lay_grid(axes, "y")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title="penalty", alignment="left")
    return figure
