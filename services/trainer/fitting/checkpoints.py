"""What a training has reached, on disk: finished stages and its last state. A redelivered job goes on from there.

They are an insurance: where one can't be written (the disk is full), the training goes on without it, and the log says
so. One that can't be read is begun anew.
"""

import contextlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

import torch

from services.trainer.fitting.stale import LEFT

_SECONDS_BETWEEN: Final = 5.0  # between two states of one training
_TIMES_BETWEEN: Final = 10.0  # or so many times what the last took: 0.4 s for 170 MB (138,000 users, width 64)
_KEY: Final = "key"  # the file that says for what the folder is

log = logging.getLogger(__name__)


class Checkpoints:
    """One job's folder. What it holds for another `key` (other data, another request) is thrown away.

    Where it holds nothing, what a failed job has left beside it for the same key is taken over: whoever mends the cause
    and asks for the same training again does not begin anew.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder
        self._not_before: dict[str, float] = {}
        self._is_told = False
        if _read(folder / _KEY) != key.encode():
            self.delete()
            if not self._take_over(key):
                self._write(_KEY, lambda file: file.write(key.encode()))

    def stage(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What the stage `name` came to (JSON values): from the folder if it was finished before, else by `work`."""
        kept = _read(self._folder / f"{name}.json")
        if kept is not None:
            try:
                found: dict[str, Any] = json.loads(kept)
            except ValueError as error:
                log.warning("what %s came to can't be read (%s); it is done again", name, error)
            else:
                return found
        result = work()
        self._write(f"{name}.json", lambda file: file.write(json.dumps(result).encode()))
        return result

    def save(self, name: str, state: Callable[[], dict[str, Any]], *, at_once: bool = False) -> None:
        """Keep a training's state, unless the last was kept a moment ago and this one is not wanted `at_once`."""
        started = time.monotonic()
        if started < self._not_before.get(name, started) and not at_once:
            return
        self._write(f"{name}.pt", lambda file: torch.save(state(), file))
        ended = time.monotonic()
        self._not_before[name] = ended + max(_SECONDS_BETWEEN, _TIMES_BETWEEN * (ended - started))

    def load(self, name: str) -> dict[str, Any] | None:
        """The state kept last, or None. It is read without unpickling anything but tensors and plain values."""
        path = self._folder / f"{name}.pt"
        if not path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        except Exception as error:  # noqa: BLE001 - a damaged file raises anything: RuntimeError, KeyError, EOFError, …
            log.warning("the checkpoint %s can't be read (%s); %s begins anew", path, error, name)
            return None
        return state

    def delete(self) -> None:
        """Throw all of it away."""
        shutil.rmtree(self._folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # there are others'
            self._folder.parent.rmdir()

    def leave(self) -> None:
        """Leave it to a later job for the same key."""
        with contextlib.suppress(OSError):
            (self._folder / _KEY).replace(self._folder / LEFT)

    def _take_over(self, key: str) -> bool:
        for left in self._folder.parent.glob(f"*/{LEFT}"):
            if _read(left) == key.encode():
                with contextlib.suppress(OSError):  # it was removed meanwhile
                    left.parent.replace(self._folder)
                    (self._folder / LEFT).replace(self._folder / _KEY)
                    log.info("going on from what the failed job %s has left", left.parent.name)
                    return True
        return False

    def _write(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        """Write beside the file and rename: there is never half a file, whenever the process or the machine dies."""
        path = self._folder / name
        temporary = path.with_name(f"{name}.{os.getpid()}.tmp")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except (OSError, RuntimeError) as error:  # torch wraps the one in the other
            with contextlib.suppress(OSError):
                temporary.unlink()
            self._tell(path, error.__context__ if isinstance(error.__context__, OSError) else error)

    def _tell(self, path: Path, error: BaseException) -> None:
        """Once a job: what is wrong, and what to do."""
        if not self._is_told:
            log.error(
                "The checkpoint %s could not be written: %s. The training goes on; if its worker dies, it goes on from "
                "the last one that was kept, or begins anew. Make room on the disk of MARQUEE_DATA_DIR.",
                path,
                error,
            )
        self._is_told = True


def _read(path: Path) -> bytes | None:
    """A file's content; None where there is none, or none that can be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None
