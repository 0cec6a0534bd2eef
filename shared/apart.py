"""Work in a process of its own, so that its peak memory and its end are its own."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Concatenate, Final, Generic, ParamSpec, TypeVar

from shared.errors import UnavailableError

T = TypeVar("T")
P = ParamSpec("P")

_LOOK_SECONDS: Final = 1.0  # so often `on_progress` is called at the least, for it may end the work

Tell = Callable[[float], None]
"""Tells those who wait what part is done, 0 to 1."""


class ProcessEndedError(UnavailableError):
    """A process ended without an answer."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work took: seconds on the clock, and seconds of processors in this process."""

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Apart(Generic[T]):
    """What work in a process of its own came to, and what it took of a server that it used."""

    value: T
    peak_bytes: int
    server_peak_bytes: int | None = None
    server_cpu_seconds: float | None = None

    def figures(self, cost: Cost) -> dict[str, float | int | None]:
        """The columns that all such work has. `cost` is that of the part that counts."""
        return {
            "seconds": cost.seconds,
            "CPU s": cost.cpu_seconds,
            "peak MB": round(self.peak_bytes / 1e6),
            "server's CPU s": self.server_cpu_seconds,
            "server's peak MB": None if self.server_peak_bytes is None else round(self.server_peak_bytes / 1e6),
        }


class Stopwatch:
    """Started when it is made."""

    def __init__(self) -> None:
        self._clock, self._cpu = time.perf_counter(), time.process_time()

    def cost(self) -> Cost:
        """Since the start."""
        return Cost(time.perf_counter() - self._clock, time.process_time() - self._cpu)


def run_apart(
    work: Callable[Concatenate[Tell, P], T], on_progress: Tell, *args: P.args, **kwargs: P.kwargs
) -> Apart[T]:
    """Call `work(tell, *args, **kwargs)` in a fresh process. `work` is a function of a module; arguments are pickled.

    `on_progress` gets what the work tells, and the same again once a second; what it raises ends the process.

    Raises:
        ProcessEndedError: there is no answer; the process's own output says why.
    """
    done = 0.0
    ours, theirs = multiprocessing.Pipe()
    # A program of its own, not a fork, whose peak would begin with what its parent holds; and none of multiprocessing's
    # processes, which a worker of Celery can't have.
    command = [sys.executable, "-c", f"from shared.apart import answer; answer({theirs.fileno()})"]
    path = os.pathsep.join(filter(None, sys.path))
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env={**os.environ, "PYTHONPATH": path})
    theirs.close()
    try:
        ours.send((work, args, kwargs))
        while True:
            if ours.poll(_LOOK_SECONDS):
                told = ours.recv()
                if isinstance(told, Apart):
                    return told
                done = told
            on_progress(done)
    except (EOFError, ConnectionError) as error:
        raise ProcessEndedError(f"The process of {work.__name__} {_ended(process.wait())}.") from error
    finally:
        process.terminate()
        process.wait()
        ours.close()


def _ended(status: int) -> str:
    """How a process ended, in words.

    >>> _ended(1), _ended(-9)
    ('ended with status 1', 'was killed (SIGKILL), as Linux does where memory runs out')
    """
    if status >= 0:
        return f"ended with status {status}"
    why = ", as Linux does where memory runs out" if -status == signal.SIGKILL else ""
    return f"was killed ({signal.Signals(-status).name}){why}"


def answer(descriptor: int) -> None:
    """What the process does: the work that it gets over the connection of this file descriptor, and the answer back."""
    with Connection(descriptor) as connection:
        work, args, kwargs = connection.recv()
        value = work(connection.send, *args, **kwargs)
        connection.send(Apart(value, peak_bytes("self")))


def cpu_seconds(pid: int) -> float:
    """Seconds of processors that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_bytes(pid: int | str) -> int:
    """The most memory that a process has held at a time. Linux alone tells."""
    return _status(pid, "VmHWM")


def resident_bytes(pid: int | str) -> int:
    """The memory that a process holds. Linux alone tells."""
    return _status(pid, "VmRSS")


def _status(pid: int | str, name: str) -> int:
    # Not `ru_maxrss`: it outlives the change of program, so it begins with what the parent held.
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise UnavailableError(f"/proc/{pid}/status has no {name}.")
