"""One run after the other, each in a process of its own, and what was finished before is taken from a file."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from services.trainer.comparing.competitors import Resources, compete, has_seed
from services.trainer.comparing.material import Material
from shared.apart import ProcessEndedError, run_apart
from shared.jobs import CompareRequest, CompetitorName

RUNS_FILE: Final = "runs.jsonl"

OnRun = Callable[[str, float], None]
"""Told what runs now, in words, and what part of all is done, 0 to 1. What it raises ends the comparison."""


@dataclass(frozen=True, slots=True)
class Run:
    """One model of one seed: what `compete` gave, with `peak_bytes`, the most memory that its process held."""

    model: str
    seed: int
    found: dict[str, Any]

    @property
    def is_finished(self) -> bool:
        """Whether it has figures."""
        return "row" in self.found


class RunFile:
    """Finished runs as lines of JSON, each under a key that says of what it is; runs of other keys are left alone."""

    def __init__(self, path: Path, material: Material) -> None:
        self._path = path
        self._of = f"{version('marquee')} {material.fingerprint} {material.like_threshold}"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self._found: dict[str, dict[str, Any]] = {}
        for line in lines:
            if not line.endswith("}"):
                continue  # cut off when its writer was killed
            kept = json.loads(line)
            self._found[kept["key"]] = kept["found"]

    def find(self, model: str, seed: int) -> Run | None:
        """The run, if it was finished before."""
        found = self._found.get(self._key(model, seed))
        return None if found is None else Run(model, seed, found)

    def keep(self, run: Run) -> None:
        """Write a finished run down."""
        key = self._key(run.model, run.seed)
        self._found[key] = run.found
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            # A line that was cut off before ends here.
            file.write(f"\n{json.dumps({'key': key, 'model': run.model, 'seed': run.seed, 'found': run.found})}")

    def _key(self, model: str, seed: int) -> str:
        return hashlib.sha256(f"{self._of} {model} {seed}".encode()).hexdigest()


def run_all(
    request: CompareRequest,
    material: Material,
    *,
    resources: Resources,
    kept: RunFile,
    on_run: OnRun = lambda *_: None,
) -> list[Run]:
    """Every model of every seed. One that ends badly is a run that says why, and not the end.

    Raises:
        Whatever `on_run` raises: the model in hand is given up, those that were finished stay in the file.
    """
    todo = planned(request)
    runs: list[Run] = []
    for number, (model, seed) in enumerate(todo):
        words = f"{model}, seed {seed}" if has_seed(model) else model

        def on_progress(done: float, number: int = number, words: str = words) -> None:
            on_run(words, (number + done) / len(todo))

        on_progress(0.0)
        run = kept.find(model, seed)
        if run is None:
            run = _run(model, seed, material, resources, on_progress)
            if run.is_finished:
                kept.keep(run)
        runs.append(run)
    on_run("", 1.0)
    return runs


def planned(request: CompareRequest) -> Sequence[tuple[CompetitorName, int]]:
    """Models and seeds, in the order in which they run: first all models once."""
    return [(model, seed) for seed in range(request.seeds) for model in request.models if seed == 0 or has_seed(model)]


def _run(
    model: CompetitorName,
    seed: int,
    material: Material,
    resources: Resources,
    on_progress: Callable[[float], None],
) -> Run:
    try:
        done = run_apart(compete, on_progress, model, seed, material, resources)
    except ProcessEndedError as error:
        return Run(model, seed, {"failed": str(error)})
    return Run(model, seed, {**done.value, "peak_bytes": done.peak_bytes})
