"""Workers forked from a process that has imported all they need, so that another one starts at once after a kill."""

import multiprocessing
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from shared.local.process import Process
from shared.local.server import Server

FORKS: Final = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "tests.faults.worker",
        "services.ingest.worker",
        "services.trainer.worker",
        "services.trainer.batch.job",
        "services.trainer.job",
        "services.trainer.machine",
        "torch._dynamo",  # which an optimiser's first step imports
    ]
)
"""Starts a process by a fork of one that has imported all this."""


def _run(command: str, environment: Mapping[str, str], log: Path) -> None:
    """In the forked process. Where it is asked for, torch is not imported."""
    from tests.faults import worker

    worker.run(command, environment, log)


class _Popen:
    """What `Process` asks of a `subprocess.Popen`, of a process that another one has forked."""

    def __init__(self, process: multiprocessing.process.BaseProcess) -> None:
        self._process = process
        self.pid = process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("worker", timeout or 0)
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()


class FosteredWorker(Server):
    """A worker with a saboteur in it (`tests.faults.worker`)."""

    def __init__(self, command: str, environment: Mapping[str, str], log: Path) -> None:
        super().__init__(
            command,
            [],
            log=log,
            is_ready=lambda process: " ready." in process.output(),
            start_seconds=120,  # the first one waits for the imports
        )
        self._environment = environment

    def begin(self) -> None:
        """See `Server.begin`."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._log.touch()
        first_byte = self._log.stat().st_size
        process: Any = FORKS.Process(target=_run, args=(self.name, dict(self._environment), self._log))
        process.start()
        self._process = Process(self.name, cast("subprocess.Popen[bytes]", _Popen(process)), self._log, first_byte)
