"""How a search for settings went, and which of them mattered."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from services.trainer.plots.style import ACCENT, COLOURS, INK, PLAIN, lay_grid, new_figure, styled, write_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MARKS: Final = {"complete": ("o", COLOURS[0]), "pruned": ("x", PLAIN)}
_ROWS: Final = 12  # of importances: the rest is added up


@styled
def tuning_history(trials: Sequence[tuple[int, float | None, str]], metric: str = "NDCG@20") -> "Figure":
    """What each trial came to, and the best so far.

    Args:
        trials: number, value on validation (None where it failed) and state (`complete`, `pruned`, `failed`) of each.
            Of a pruned trial the value is that at which it was given up.
        metric: what the values are; higher is better.
    """
    figure, axes = new_figure(3.4)
    for state, (marker, colour) in _MARKS.items():
        points = [(number, value) for number, value, was in trials if was == state and value is not None]
        if points:
            axes.plot(*zip(*points, strict=True), marker, color=colour, ms=4.5, label=state)
    done = sorted((number, value) for number, value, was in trials if was == "complete" and value is not None)
    if done:
        numbers, values = np.array(done).T
        axes.step(numbers, np.maximum.accumulate(values), where="post", color=ACCENT, label="best so far")
    failed = [number for number, value, was in trials if value is None or was not in _MARKS]
    if failed:
        bottom = axes.get_ylim()[0]
        axes.plot(failed, [bottom] * len(failed), "v", color=INK, ms=4.5, clip_on=False, label="failed")
    write_title(axes, f"{metric} on validation, by trial", "higher is better")
    axes.set_xlabel("trial")
    axes.set_ylabel(metric)
    axes.xaxis.get_major_locator().set_params(integer=True)
    lay_grid(axes, "y")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


@styled
def setting_importance(importance: Mapping[str, float]) -> "Figure":
    """How much each setting mattered: bars, the largest above, those of least importance added up.

    Args:
        importance: a share of the variation of the trials' values by the setting's name; they add up to one or less.
    """
    ordered = sorted(importance.items(), key=lambda item: -item[1])
    shown = ordered[:_ROWS]
    if rest := ordered[_ROWS:]:
        shown.append((f"{len(rest)} others", sum(share for _, share in rest)))
    figure, axes = new_figure(1.1 + 0.28 * len(shown))
    for place, (name, share) in enumerate(shown):
        axes.barh(place, share, 0.62, color=ACCENT if not place else PLAIN, label=name)
        axes.annotate(f"{share:.0%}", (share, place), (4, 0), textcoords="offset points", va="center", fontsize=8.5)
    write_title(axes, "What mattered", "part of the differences between trials that a setting explains")
    axes.set_yticks(range(len(shown)), [name for name, _ in shown])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0)
    return figure
