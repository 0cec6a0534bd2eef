"""A worker's sign of life: a file that its event loop touches. A health check only has to look at its age.

As a command it is that check: `python -m shared.heartbeat FILE`. It imports nothing but Python's own.
"""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from celery.bootsteps import StartStopStep

_BEAT_SECONDS: Final = 5.0
_SILENT_SECONDS: Final = 60.0  # comparing the queue with the graph may hold the event loop for twenty


def make_step(file: Path) -> "type[StartStopStep]":
    """A part of Celery's worker that touches `file` every few seconds, in the event loop that also takes the messages.

    So the file grows old where the worker hangs, and also while it has lost Redis and tries to reach it again.
    """
    from celery.bootsteps import StartStopStep

    class Heartbeat(StartStopStep):
        requires = ("celery.worker.components:Timer",)

        def start(self, parent: Any) -> None:  # noqa: ANN401 - Celery's worker, untyped
            file.touch()
            parent.timer.call_repeatedly(_BEAT_SECONDS, file.touch)

    return Heartbeat


def silence(file: Path) -> float:
    """Seconds since `file` was touched.

    Raises:
        FileNotFoundError: it never was.
    """
    return time.time() - file.stat().st_mtime


def main() -> None:
    """End with status 0 where the worker whose file is named lives, else with 1 and a sentence."""
    try:
        seconds = silence(Path(sys.argv[1]))
    except FileNotFoundError:
        sys.exit("The worker has given no sign of life yet.")
    if seconds > _SILENT_SECONDS:
        sys.exit(f"The worker has given no sign of life for {seconds:.0f} s.")


if __name__ == "__main__":
    main()
