"""What subjects of quality have in common: models beside one another on one split, and rows for the page."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.results import Figure
from services.trainer.comparing.competitors import Resources
from services.trainer.comparing.material import Material
from services.trainer.comparing.runs import RUNS_FILE, Run, RunFile, run_all
from services.trainer.comparing.table import tabulate
from services.trainer.settings import TrainerSettings
from shared.errors import InvalidInputError
from shared.jobs import CompareRequest, CompetitorName
from shared.settings import load

Rows = Mapping[str, Mapping[str, Any]]


def data_folder(name: str) -> Path:
    """A data set of `MARQUEE_DATASETS`.

    Raises:
        InvalidInputError: the folder of the data sets is not named.
    """
    datasets = os.environ.get("MARQUEE_DATASETS")
    if not datasets:
        raise InvalidInputError("MARQUEE_DATASETS does not name the folder of the data sets.")
    return Path(datasets) / name


def resources() -> Resources:
    """All that the machine has."""
    return Resources.of(load(TrainerSettings))


def compete(
    bench: Bench, material: Material, models: Sequence[CompetitorName], others: Sequence[Run] = ()
) -> dict[str, dict[str, Any]]:
    """Rows of the models, each in a process of its own, and of runs that were made elsewhere; see `tabulate`."""
    request = CompareRequest(models=list(models))
    with bench.step(material.name) as tell, tempfile.TemporaryDirectory(prefix="marquee-bench-") as folder:
        kept = RunFile(Path(folder) / RUNS_FILE, material)
        runs = run_all(request, material, resources=resources(), kept=kept, on_run=lambda _, done: tell(done))
    return tabulate([*runs, *others])


def figures(data: str, rows: Rows) -> list[dict[str, Figure]]:
    """Rows of a subject's table."""
    return [{"data": data, "model": name, **_figures(row)} for name, row in rows.items()]


def _figures(row: Mapping[str, Any]) -> dict[str, Figure]:
    if "seconds" not in row:
        return {"why": row.get("left_out") or row.get("failed")}
    found: dict[str, Figure] = {"Recall@20": row["recall_at_20"], "NDCG@20": row["ndcg_at_20"]}
    low, high = row["intervals"]["recall_at_20"]
    found["interval of Recall@20"] = f"{low:.3f} to {high:.3f}"
    return found | {"seconds": row["seconds"], "CPU s": row["cpu_seconds"], "peak MB": row["peak_mb"]}
