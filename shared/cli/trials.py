"""How the command line shows what a tuning has tried."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.table import Table

_SHOWN: Final = 10


def trials_table(trials: Sequence[Mapping[str, Any]]) -> Table:
    """The best trials, best first, and the default one in any case; what a job's result holds of each."""
    ranked = sorted(
        (t for t in trials if t["value"] is not None), key=lambda t: (t["state"] != "complete", -t["value"])
    )
    shown = [trial for place, trial in enumerate(ranked) if place < _SHOWN or trial["number"] == 0]
    pruned = sum(trial["state"] == "pruned" for trial in trials)
    table = Table(
        box=box.SIMPLE_HEAD,
        title=f"{len(trials)} trials, {pruned} of them given up early; NDCG@20 on validation, 0 is the default",
        title_justify="left",
    )
    for heading in ("trial", "NDCG@20", "state", "seconds"):
        table.add_column(heading, justify="right")
    table.add_column("settings", overflow="fold")
    for trial in shown:
        settings = ", ".join(f"{name} {_setting(value)}" for name, value in sorted(trial["parameters"].items()))
        figures = (str(trial["number"]), f"{trial['value']:.4f}", trial["state"], f"{trial['seconds']:.1f}")
        table.add_row(*figures, settings)
    return table


def importances(parts: Mapping[str, float]) -> str:
    """How much of the differences between trials each setting explains, the most first.

    >>> importances({"width": 0.25, "temperature": 0.75})
    'temperature 75%, width 25%'
    >>> importances({})
    'too few trials to say'
    """
    ranked = sorted(parts.items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {part:.0%}" for name, part in ranked) or "too few trials to say"


def _setting(value: float) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
