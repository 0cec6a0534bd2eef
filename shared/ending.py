"""Whether this worker was told to end: one byte that it shares with the processes that it forks for its jobs.

Celery tells its own process alone, and waits for the jobs; a training may take hours. So whoever does a job looks here.
"""

import mmap


class _Ending:
    """The byte, once there is one."""

    told: mmap.mmap | None = None


def prepare() -> None:
    """Make the byte: before the processes are forked that are to see it."""
    _Ending.told = mmap.mmap(-1, 1)  # anonymous, and so shared with what is forked later


def tell() -> None:
    """Have `is_told` say so, in this process and in all that it has forked. Safe to call in a signal's handler."""
    if _Ending.told is not None:
        _Ending.told[0] = 1


def is_told() -> bool:
    """Whether to bring the job in hand to a state from which another worker goes on."""
    return _Ending.told is not None and _Ending.told[0] == 1
