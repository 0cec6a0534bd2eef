"""The lock of a download: one worker at a time, and none for ever."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from shared.errors import LeaseLostError

_POLL_SECONDS: Final = 0.5


class Lock:
    """Held by one process at a time, from the start to the end of a `with`. It goes with the process.

    A process that hangs keeps a lock of Linux for ever. So the holder gives signs of life, and whoever waits for longer
    without one puts a new file in the lock's place: the old lock is then worth nothing, which its holder sees when it
    wakes.

    Args:
        path: of the lock's file.
        patience_seconds: how long a holder may give no sign of life.
        wait: is called again and again while another holds the lock; what it raises ends the waiting.

    Attributes:
        was_taken_over: whether a holder was given up.
    """

    def __init__(
        self, path: Path, *, patience_seconds: float = float("inf"), wait: Callable[[], None] = lambda: None
    ) -> None:
        self._path, self._patience, self._wait = path, patience_seconds, wait
        self._file: int | None = None
        self.was_taken_over = False

    def __enter__(self) -> Self:
        while not self.take():
            self._wait()
            if _age(self._path) > self._patience:
                self.was_taken_over = True
                self._path.unlink(missing_ok=True)
            else:
                time.sleep(_POLL_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def take(self) -> bool:
        """Take the lock if nobody has it, without waiting."""
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        if not _is_at(file, self._path):  # another has put a new file in its place at this moment
            os.close(file)
            return False
        self._file = file
        os.utime(file)
        return True

    def release(self) -> None:
        """Give the lock back, if it is held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def live(self) -> None:
        """Give a sign of life.

        Raises:
            LeaseLostError: there was none for so long that another took the lock: what it guards is no longer ours.
        """
        assert self._file is not None, "it is not held"  # noqa: S101 - a mistake of ours
        if not _is_at(self._file, self._path):
            raise LeaseLostError(f"{self._path} was taken over by another worker.")
        os.utime(self._file)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False
