"""What became of jobs, told by the processes that do them to the worker that forked them: lines in a pipe.

A line is shorter than what Linux writes in one piece, so lines of several processes do not mix. A worker that does not
read does not hold its jobs up: what there is no room for is lost.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

_MOST_BYTES: Final = 4_096  # PIPE_BUF


@dataclass(frozen=True, slots=True)
class JobReport:
    """What one worker did of one job.

    Attributes:
        kind: of the job.
        state: how it ended, or `given-up`, `taken-over` or `unavailable` where another worker goes on.
        seconds: that it took here.
        stages: seconds of each.
    """

    kind: str
    state: str
    seconds: float
    stages: Mapping[str, float]


class _Pipe:
    """Its ends, once there is one."""

    ends: tuple[int, int] | None = None
    rest: bytes = b""


def prepare() -> None:
    """Make the pipe: before the processes are forked that are to tell."""
    if _Pipe.ends is None:
        _Pipe.ends = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)


def tell(report: JobReport) -> None:
    """Say what became of a job. Without a pipe nobody wants to know."""
    if _Pipe.ends is None:
        return
    line = json.dumps(asdict(report)).encode() + b"\n"
    if len(line) <= _MOST_BYTES:
        with contextlib.suppress(BlockingIOError):
            os.write(_Pipe.ends[1], line)


def take() -> list[JobReport]:
    """What was told since the last call."""
    if _Pipe.ends is None:
        return []
    with contextlib.suppress(BlockingIOError):
        while piece := os.read(_Pipe.ends[0], 65_536):
            _Pipe.rest += piece
    *lines, _Pipe.rest = _Pipe.rest.split(b"\n")
    return [JobReport(**json.loads(line)) for line in lines]
