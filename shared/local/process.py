"""Child processes that never outlive their parent, whatever becomes of it."""

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from shared.errors import UnavailableError

_PR_SET_PDEATHSIG: Final = 1
_TAIL_LINES: Final = 20
_FIRST_PORT: Final = 18_000
_PORTS: Final = 14_000


@dataclass(frozen=True, slots=True)
class Process:
    """A child in a process group of its own, whose output is added to a file from `first_byte` on."""

    name: str
    popen: "subprocess.Popen[bytes]"
    log: Path
    first_byte: int = 0

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Self:
        """Start `command`, and leave it to the caller to `stop` it. `env` is added to this process's environment."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            first_byte = output.tell()
            popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                start_new_session=True,  # Ctrl-C reaches the parent alone, which ends its children in order
                preexec_fn=end_with_parent,  # noqa: PLW1509 - one call of the C library, made before any thread starts
            )
        return cls(name, popen, log, first_byte)

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.popen.poll() is None

    def output(self) -> str:
        """What it has said so far, and nothing that an earlier process said into the same file."""
        with self.log.open("rb") as file:
            file.seek(self.first_byte)
            return file.read().decode("utf-8", errors="replace")

    def tail(self) -> str:
        """The last lines of its output."""
        return "\n".join(self.output().splitlines()[-_TAIL_LINES:])

    def wait_until(self, is_ready: Callable[[], bool], *, timeout_seconds: float, pause_seconds: float = 0.05) -> None:
        """Wait for `is_ready`, which is asked again after each pause.

        Raises:
            UnavailableError: it ended, or was not ready in time; the message holds the last lines of its output.
        """
        deadline = time.monotonic() + timeout_seconds
        while not is_ready():
            if not self.is_alive():
                raise UnavailableError(f"{self.name} ended with status {self.popen.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise UnavailableError(f"{self.name} was not ready within {timeout_seconds:.0f} s:\n{self.tail()}")
            time.sleep(pause_seconds)

    def ask_to_end(self) -> None:
        """Send SIGTERM, and do not wait."""
        if self.is_alive():
            self.popen.terminate()

    def stop(self, grace_seconds: float = 15.0) -> None:
        """End it and its children: SIGTERM, and SIGKILL to whatever of the group is left after `grace_seconds`."""
        try:
            self.ask_to_end()
            self.resume()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(grace_seconds)
        finally:
            self.kill()

    def kill(self) -> None:
        """SIGKILL to it and to its children: they get no chance to put anything in order."""
        self._signal_group(signal.SIGKILL)
        self.popen.wait()

    def pause(self) -> None:
        """SIGSTOP to it and to its children: they hang, as far as anyone can tell, until `resume`."""
        self._signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it and its children go on."""
        self._signal_group(signal.SIGCONT)

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, number)


@contextlib.contextmanager
def running(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    grace_seconds: float = 15.0,
) -> Iterator[Process]:
    """Run `command` for as long as the context lasts, then `stop` it. `env` is added to this process's environment."""
    process = Process.start(name, command, log=log, env=env, cwd=cwd)
    try:
        yield process
    finally:
        process.stop(grace_seconds)


def end_with_parent() -> None:
    """Ask Linux to end this process when its parent dies, even by SIGKILL. Elsewhere there is no such thing.

    Linux takes the thread that started it for the parent: start what is to last from a thread that lasts.
    By SIGKILL, too: Celery's worker misses a SIGTERM that comes while it starts, and would wait for its Redis for ever.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on.

    From below the range that Linux takes for outgoing connections: one of those could take it before a server does.
    """
    while True:
        port = _FIRST_PORT + secrets.randbelow(_PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
