"""One table of all runs: a row for each model, with its mean over seeds, what it cost, and how it differs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from services.trainer.comparing.runs import Run
from services.trainer.evaluation.comparison import HEADLINE, unpack
from services.trainer.evaluation.confidence import differences, intervals
from shared.scoring import Floats


def tabulate(runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """A row for each model by name, in the order of the runs: JSON values.

    Figures are means over seeds, and `spread` their standard deviations where there are several. `intervals` are 95%
    intervals over users of each user's mean over seeds; `versus_first` is the first row's difference to this one, user
    by user, positive where this one is better. `seconds` and `cpu_seconds` are means over seeds, `peak_mb` is the most
    of any. A model without any figures has `left_out` or `failed` with the reason; one of whose seeds some failed has
    both.
    """
    by_model: dict[str, list[Run]] = {}
    for run in runs:
        by_model.setdefault(run.model, []).append(run)
    users = {name: _per_user([run for run in of if run.is_finished]) for name, of in by_model.items()}
    first = next((name for name, found in users.items() if found is not None), None)
    return {
        name: _row(of, users[name], users[first] if first not in (None, name) else None)
        for name, of in by_model.items()
    }


def _row(runs: Sequence[Run], own: Floats | None, first: Floats | None) -> dict[str, Any]:
    finished = [run for run in runs if run.is_finished]
    row: dict[str, Any] = {}
    for run in runs:
        row |= {key: run.found[key] for key in ("left_out", "failed") if key in run.found}
    if not finished:
        return row
    figures = [{**_figures(run.found["row"]), **run.found["stars"]} for run in finished]
    row |= {name: float(np.mean([of[name] for of in figures])) for name in figures[0]}
    if len(finished) > 1:
        row["spread"] = {name: float(np.std([of[name] for of in figures], ddof=1)) for name in figures[0]}
    if own is not None:
        row["intervals"] = {name: [i.low, i.high] for name, i in zip(HEADLINE, intervals(own), strict=True)}
        row["recall_by_decile"] = finished[0].found["row"]["recall_by_decile"]
    if own is not None and first is not None:
        found = differences(own, first)
        row["versus_first"] = {name: one.as_json() for name, one in zip(HEADLINE, found, strict=True)}
    return row | {
        "seeds": len(finished),
        "seconds": round(float(np.mean([run.found["seconds"] for run in finished])), 2),
        "cpu_seconds": round(float(np.mean([run.found["cpu_seconds"] for run in finished])), 2),
        "peak_mb": round(max(run.found["peak_bytes"] for run in finished) / 1e6),
        "settings": [run.found["settings"] for run in finished],
    }


def _figures(row: Mapping[str, Any]) -> dict[str, float]:
    return {name: value for name, value in row.items() if isinstance(value, float)}


def _per_user(runs: Sequence[Run]) -> Floats | None:
    """Each user's mean over seeds of the headline figures, float32[u, 2]; None where there are no rankings."""
    found = [run.found["per_user"] for run in runs if run.found["per_user"]]
    if not found:
        return None
    mean: Floats = np.mean(
        [np.column_stack([unpack(per_user[name]) for name in HEADLINE]) for per_user in found], axis=0, dtype=np.float32
    )
    return mean
