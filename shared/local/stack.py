"""All of Marquee on this machine: Redis, both workers and the recommender as real processes around one graph."""

import contextlib
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.errors import UnavailableError
from shared.local.process import Process, free_port, running
from shared.local.redis import running_redis
from shared.settings import QueueSettings

_START_SECONDS: Final = 60.0  # importing torch takes seconds on a cold disk
_GRACE_SECONDS: Final = 5.0  # a job that runs is given up: its data are as short-lived as this stack


@dataclass(frozen=True, slots=True)
class Stack:
    """A running Marquee.

    Attributes:
        url: the recommender's address.
        environment: the `MARQUEE_…` variables that its processes were given.
        processes: the three services.
    """

    url: str
    environment: Mapping[str, str]
    processes: tuple[Process, ...]

    def settings(self) -> QueueSettings:
        """Settings that reach the same graph and queue."""
        return QueueSettings.model_validate(
            {name.removeprefix("MARQUEE_").lower(): value for name, value in self.environment.items()}
        )

    def check(self) -> None:
        """Raise `UnavailableError`, with the last lines of its output, if a service has ended."""
        for process in self.processes:
            if not process.is_alive():
                raise UnavailableError(
                    f"{process.name} ended with status {process.popen.returncode}:\n{process.tail()}"
                )


@contextlib.contextmanager
def running_stack(
    environment: Mapping[str, str], *, logs: Path, announce: Callable[[str, str], None] = lambda _part, _where: None
) -> Iterator[Stack]:
    """Run the three services and a Redis until the context ends.

    Args:
        environment: `MARQUEE_…` variables for every process: at least where the graph is.
        logs: the folder for the processes' output.
        announce: called with each part's name and address once it runs.

    Raises:
        UnavailableError: a part did not start; the message holds the last lines of its output.
    """
    with contextlib.ExitStack() as parts:
        redis_url = parts.enter_context(running_redis())
        announce("queue", f"Redis on {redis_url.rpartition('@')[2].partition('/')[0]}")
        port = free_port()
        environment = {**environment, "MARQUEE_REDIS_URL": redis_url, "MARQUEE_PORT": str(port)}

        def start(command: str) -> Process:
            program = [sys.executable, "-m", "shared.cli", command]
            log = logs / f"{command}.log"
            return parts.enter_context(
                running(command, program, log=log, env=environment, grace_seconds=_GRACE_SECONDS)
            )

        services = {name: start(name) for name in ("recommender", "ingest-worker", "trainer-worker")}
        for service in services.values():  # called before any of them is waited for, so that all end at the same time
            parts.callback(service.ask_to_end)
        for name in ("ingest-worker", "trainer-worker"):
            services[name].wait_until(_has_said(services[name], " ready."), timeout_seconds=_START_SECONDS)
            announce(name.replace("-", " "), f"process {services[name].popen.pid}")
        url = f"http://127.0.0.1:{port}"
        services["recommender"].wait_until(lambda: answers(f"{url}/readyz"), timeout_seconds=_START_SECONDS)
        announce("recommender", url)
        yield Stack(url, environment, tuple(services.values()))


def _has_said(process: Process, words: str) -> Callable[[], bool]:
    return lambda: words in process.log.read_text(encoding="utf-8", errors="replace")


def answers(url: str) -> bool:
    """Whether a GET of `url`, an address on this machine, answers with a status below 400. No proxy is asked."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2):
            return True
    except OSError:
        return False
