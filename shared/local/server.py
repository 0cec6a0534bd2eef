"""A program that serves at one address, and can be stopped, killed, paused and started again."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from shared.errors import UnavailableError
from shared.local.process import Process


class Server:
    """A command, run as a child process one at a time. In a `with` it runs from the start to the end.

    Args:
        name: for messages.
        command: what is run, the same at each start.
        log: the file that all its processes add their output to.
        is_ready: whether the process that was started serves.
        start_seconds: how long that may take.
        env: added to this process's environment.
        grace_seconds: how long a process has to end after SIGTERM.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        is_ready: Callable[[Process], bool],
        start_seconds: float,
        env: Mapping[str, str] | None = None,
        grace_seconds: float = 15.0,
    ) -> None:
        self.name = name
        self._command, self._log, self._env = list(command), log, env
        self._is_ready, self._start_seconds, self._grace_seconds = is_ready, start_seconds, grace_seconds
        self._process: Process | None = None

    @property
    def process(self) -> Process:
        """The process that was started last.

        Raises:
            UnavailableError: none was.
        """
        if self._process is None:
            raise UnavailableError(f"{self.name} was never started.")
        return self._process

    def start(self) -> None:
        """Run it, at the same address and with the same data as before, and wait until it serves.

        Raises:
            UnavailableError: it runs already, or it ended, or was not ready in time; what it said is in the message.
        """
        self.begin()
        self.await_ready()

    def begin(self) -> None:
        """Run it, and do not wait.

        Raises:
            UnavailableError: it runs already.
        """
        if self._process is not None and self._process.is_alive():
            raise UnavailableError(f"{self.name} runs already.")
        self._process = Process.start(self.name, self._command, log=self._log, env=self._env)

    def await_ready(self) -> None:
        """Wait until it serves.

        Raises:
            UnavailableError: it ended, or was not ready in time; what it said is in the message.
        """
        process = self.process
        process.wait_until(lambda: self._is_ready(process), timeout_seconds=self._start_seconds)

    def ask_to_end(self) -> None:
        """Send SIGTERM, and do not wait."""
        self.process.ask_to_end()

    def stop(self) -> None:
        """End it in order; one that does not run is left alone."""
        if self._process is not None:
            self._process.stop(self._grace_seconds)

    def kill(self) -> None:
        """SIGKILL to it and to its children."""
        self.process.kill()

    def pause(self) -> None:
        """SIGSTOP to it and to its children."""
        self.process.pause()

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self.process.resume()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()
