import os
import signal
from pathlib import Path
from typing import Any

import pytest

from services.trainer.comparing import runs
from services.trainer.comparing.competitors import Resources, compete
from services.trainer.comparing.material import Material
from services.trainer.comparing.runs import Run, RunFile, planned, run_all
from services.trainer.comparing.table import tabulate
from services.trainer.evaluation.registry import Limits
from shared.apart import Tell
from shared.errors import CancelledError
from shared.jobs import CompareRequest, CompetitorName

ONE_THREAD = Resources(Limits(10**9, 1))


def killed_if_random(
    tell: Tell, name: CompetitorName, seed: int, material: Material, resources: Resources
) -> dict[str, Any]:
    """In place of `compete`, in a process of its own."""
    tell(0.5)
    if name == "random":
        os.kill(os.getpid(), signal.SIGKILL)
    return compete(tell, name, seed, material, resources)


def test_all_models_run_once_before_any_runs_again_and_only_what_has_a_seed() -> None:
    request = CompareRequest(models=["gcn", "popularity", "gat"], seeds=2)

    assert planned(request) == [("gcn", 0), ("popularity", 0), ("gat", 0), ("gcn", 1), ("gat", 1)]


@pytest.mark.slow
def test_a_model_whose_process_is_killed_is_told_in_its_row_and_is_not_the_end(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "compete", killed_if_random)
    request = CompareRequest(models=["random", "popularity"])

    rows = tabulate(run_all(request, material, resources=ONE_THREAD, kept=RunFile(tmp_path / "runs", material)))

    assert "was killed (SIGKILL), as Linux does where memory runs out" in rows["random"]["failed"]
    assert rows["popularity"]["recall_at_20"] < 0.6
    assert rows["popularity"]["peak_mb"] > 20


@pytest.mark.slow
def test_what_was_finished_is_not_run_again_unless_the_data_are_others(material: Material, tmp_path: Path) -> None:
    path, told = tmp_path / "runs", []
    request = CompareRequest(models=["popularity", "bias"])

    def stop_at_bias(words: str, done: float) -> None:
        told.append(done)
        if words == "bias":
            raise CancelledError("Cancelled.")

    with pytest.raises(CancelledError):
        run_all(request, material, resources=ONE_THREAD, kept=RunFile(path, material), on_run=stop_at_bias)

    assert told == sorted(told)
    with path.open("a", encoding="utf-8") as file:
        file.write('\n{"key": "cut off wh')
    again = RunFile(path, material)
    run = again.find("popularity", 0)
    assert run is not None
    assert run.found["row"]["recall_at_20"] < 0.6
    assert again.find("bias", 0) is None
    again.keep(Run("bias", 0, {"row": {}}))
    assert RunFile(path, material).find("bias", 0) is not None
    other = Material("other", material.parts, like_threshold=3.0)
    assert RunFile(path, other).find("popularity", 0) is None


@pytest.mark.slow
def test_a_model_without_what_it_needs_is_left_out_with_the_reason(material: Material, tmp_path: Path) -> None:
    request = CompareRequest(models=["bias", "popularity"])

    rows = tabulate(run_all(request, material, resources=ONE_THREAD, kept=RunFile(tmp_path / "runs", material)))

    assert rows["bias"] == {"left_out": "it stands on ratings, and the data hold likes alone."}
    assert "versus_first" not in rows["popularity"]  # it is the first row with figures
