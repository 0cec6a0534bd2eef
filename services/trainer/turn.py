"""Turns among the processes of a worker: what uses all cores does not run beside another of the kind."""

import fcntl
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager


class Turn:
    """A lock between the process that made it and those that it forks. It ends with the process that holds it.

    So a killed one holds nobody up, as it would with a lock in memory. Within a process it locks nothing.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the lock is
        weakref.finalize(self, self._file.close)

    @contextmanager
    def take(self) -> Iterator[bool]:
        """Hold it, if no other process does; the value says whether."""
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
