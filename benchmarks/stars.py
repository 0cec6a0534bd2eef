"""How near predicted stars are to those that were given, on the official folds of MovieLens 100K."""

from typing import Any, Final

from benchmarks.bench import Bench, Subject
from benchmarks.competing import data_folder
from benchmarks.results import Figure, Findings, Target
from services.trainer.environment import share_cores
from shared.apart import Tell, run_apart
from shared.jobs import RATING_FAMILY

_DATA: Final = "ml-100k"
_LIKE: Final = 4.0
_MOST_RMSE, _MOST_SECONDS = 0.900, 300.0
_FIRST: Final = "u1"


def do_folds(tell: Tell, folder: str) -> dict[str, Any]:
    """Train and judge on all folds, one after the other."""
    share_cores()
    from pathlib import Path

    from services.trainer.machine import prepare_machine
    from services.trainer.rating.folds import judge_folds
    from services.trainer.rating.recipe import RatingRecipe

    return judge_folds(
        Path(folder), [], RatingRecipe(), prepare_machine(None, "auto"), like_threshold=_LIKE, on_step=tell
    )


def measure(bench: Bench, _kind: str) -> Findings:
    """The model and its baselines on each fold.

    Raises:
        InvalidInputError: there are no data sets.
    """
    with bench.step("stars, five folds") as tell:
        found = run_apart(do_folds, tell, str(data_folder(_DATA))).value
    rows: list[dict[str, Figure]] = []
    for name, fold in found["folds"].items():
        cost = {"seconds": fold["seconds"], "CPU s": fold["cpu_seconds"]}
        rows.append({"fold": name, "model": RATING_FAMILY, **_figures(fold["metrics"]), **cost})
        rows += [{"fold": name, "model": other, **_figures(row)} for other, row in fold["baselines"].items()]
    rows.append({"fold": "mean", "model": RATING_FAMILY, **_figures(found["mean"])})
    rows.append({"fold": "standard deviation", "model": RATING_FAMILY, **_figures(found["spread"])})
    first = found["folds"][_FIRST]
    return Findings(
        rows,
        [
            Target.at_most(f"{_DATA} {_FIRST}, RMSE", first["metrics"]["rmse"], _MOST_RMSE, ""),
            Target.at_most(f"{_DATA} {_FIRST}, choosing and training", first["seconds"], _MOST_SECONDS, "s"),
        ],
    )


def _figures(row: dict[str, float]) -> dict[str, Figure]:
    shown = {"RMSE": "rmse", "MAE": "mae", "accuracy": "accuracy", "balanced accuracy": "balanced_accuracy"}
    return {heading: row.get(key) for heading, key in {**shown, "F1": "f1", "ROC AUC": "roc_auc"}.items()}


SUBJECT: Final = Subject(
    "stars",
    "Predicted stars",
    "The official folds of MovieLens 100K, and whether a rating is at least 4: settings chosen on a tenth of what is "
    "known, each test read once. `marquee evaluate DIR --objective rating` does the same.",
    ("sqlite",),
    measure,
)
