"""What a training has reached, on disk: finished stages and the last epoch. A redelivered job goes on from there."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch

_SECONDS_BETWEEN: Final = 5.0  # between two checkpoints of epochs; a large model's takes up to a second to write


class Checkpoints:
    """One job's folder. What it holds for another `key` (other data, another request) is thrown away."""

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder
        self._written_at: dict[str, float] = {}
        marker = folder / "key"
        if marker.exists() and marker.read_text(encoding="utf-8") != key:
            self.delete()
        folder.mkdir(parents=True, exist_ok=True)
        self._replace(marker, lambda path: path.write_text(key, encoding="utf-8"))

    def stage(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What the stage `name` came to (JSON values): from the folder if it was finished before, else by `work`."""
        path = self._folder / f"{name}.json"
        if path.exists():
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return found
        result = work()
        self._replace(path, lambda temporary: temporary.write_text(json.dumps(result), encoding="utf-8"))
        return result

    def save(self, name: str, state: dict[str, Any]) -> None:
        """Keep a training's state, unless the last was kept a moment ago."""
        if time.monotonic() < self._written_at.get(name, -_SECONDS_BETWEEN) + _SECONDS_BETWEEN:
            return
        self._replace(self._folder / f"{name}.pt", lambda path: torch.save(state, path))
        self._written_at[name] = time.monotonic()

    def load(self, name: str) -> dict[str, Any] | None:
        """The state kept last, or None. It is read without unpickling anything but tensors and plain values."""
        path = self._folder / f"{name}.pt"
        if not path.exists():
            return None
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        return state

    def delete(self) -> None:
        """Throw all of it away."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @staticmethod
    def _replace(path: Path, write: Callable[[Path], object]) -> None:
        """Write beside `path` and rename: there is never half a file, whenever the process dies."""
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        write(temporary)
        temporary.replace(path)
