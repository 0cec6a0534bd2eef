"""`marquee evaluate --objective rating`: the official folds of MovieLens 100K, beside the baselines."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "rating": {"RMSE": "rmse", "MAE": "mae"},
    "classification": {
        "accuracy": "accuracy",
        "balanced accuracy": "balanced_accuracy",
        "F1": "f1",
        "ROC AUC": "roc_auc",
    },
}
"""What is shown of the figures for each objective; JSON holds all of them."""


def evaluate_folds(
    folder: Path,
    folds: Sequence[str],
    *,
    objective: str,
    like_threshold: float,
    seed: int,
    threads: int | None,
    device: str,
    as_json: bool,
) -> None:
    """Train and judge a rating model on each of the folds, and show the figures."""
    from services.trainer.machine import prepare_machine
    from services.trainer.rating.folds import judge_folds
    from services.trainer.rating.recipe import RatingRecipe

    where = prepare_machine(threads, device)
    with Progress(console=Console(stderr=True), transient=True, disable=not Console(stderr=True).is_terminal) as bar:
        task = bar.add_task("choosing the steps, and training", total=1.0)
        found = judge_folds(
            folder,
            folds,
            RatingRecipe(seed=seed),
            where,
            like_threshold=like_threshold,
            on_step=lambda done: bar.update(task, completed=done),
        )
    if as_json:
        print(json.dumps(found))
    else:
        _show(found, _COLUMNS[objective], Console())


def _show(found: Mapping[str, Any], columns: Mapping[str, str], console: Console) -> None:
    table = Table(title="MovieLens 100K; of errors lower is better, of all else higher")
    for heading in ("fold", "", *columns, "steps", "seconds", "of the CPU"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, result in found["folds"].items():
        trained = [str(result["recipe"]["steps"]), f"{result['seconds']:.0f}", f"{result['cpu_seconds']:.0f}"]
        table.add_row(name, "this model", *_figures(result["metrics"], columns), *trained)
        for baseline, figures in result["baselines"].items():
            if figures.keys() & set(columns.values()):
                table.add_row("", baseline, *_figures(figures, columns))
    table.add_section()
    table.add_row("", "mean of this model", *_figures(found["mean"], columns))
    if found["spread"]:
        table.add_row("", "standard deviation", *_figures(found["spread"], columns))
    console.print(table)


def _figures(figures: Mapping[str, float], columns: Mapping[str, str]) -> list[str]:
    return [f"{figures[key]:.4f}" if key in figures else "" for key in columns.values()]
