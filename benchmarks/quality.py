"""How good the models are on the data sets of `MARQUEE_DATASETS`, through `marquee evaluate`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.bench import Bench, Subject
from benchmarks.results import Figure, Findings, Target
from shared.errors import InvalidInputError

_LEAST: Final = {"ml-1m": (0.287, 0.384), "gowalla": (0.18, 0.15)}
"""By data set, Recall@20 and NDCG@20 that the model is held to."""
_HEADINGS: Final = {"Recall@20": "recall_at_20", "NDCG@20": "ndcg_at_20"}


def evaluate(folder: Path) -> dict[str, object]:
    """What `marquee evaluate` says of a folder, as it prints it."""
    command = [sys.executable, "-m", "shared.cli", "evaluate", str(folder), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    figures: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure(bench: Bench, _kind: str) -> Findings:
    """Evaluate on each data set.

    Raises:
        InvalidInputError: there are no data sets.
    """
    datasets = os.environ.get("MARQUEE_DATASETS")
    if not datasets:
        raise InvalidInputError("MARQUEE_DATASETS does not name the folder of the data sets.")
    rows: list[dict[str, Figure]] = []
    targets: list[Target] = []
    for name, least in _LEAST.items():
        with bench.step(f"quality on {name}"):
            figures = evaluate(Path(datasets) / name)
        rows += _rows_of(name, figures)
        targets += [
            Target.at_least(f"{name}, {heading}", float(str(figures[key])), limit, "")
            for (heading, key), limit in zip(_HEADINGS.items(), least, strict=True)
        ]
    return Findings(rows, targets)


def _rows_of(name: str, figures: dict[str, object]) -> list[dict[str, Figure]]:
    baselines = figures["baselines"]
    assert isinstance(baselines, dict)
    rows: list[dict[str, Figure]] = []
    for model, row in {"marquee": figures, **baselines}.items():
        if "recall_at_20" in row:
            scores = {
                "Recall@20": row["recall_at_20"],
                "NDCG@20": row["ndcg_at_20"],
                "seconds": row.get("train_seconds"),
            }
            rows.append({"data": name, "model": model, **scores})
        else:
            rows.append({"data": name, "model": f"{model}: left out, {row['left_out']}"})
    return rows


SUBJECT: Final = Subject(
    "quality",
    "Quality",
    "On published splits of real data, settings chosen on validation data, test data read once; full ranking of all "
    "movies. `marquee evaluate DIR` does the same for any folder with `train.txt`, `valid.txt` and `test.txt`.",
    ("sqlite",),
    measure,
)
