"""All of Marquee on this machine: Redis, both workers and the recommender as real processes around one graph."""

import contextlib
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.errors import UnavailableError
from shared.local.process import Process, free_port
from shared.local.redis import running_redis
from shared.local.server import Server
from shared.settings import QueueSettings

WORKERS: Final = ("ingest-worker", "trainer-worker")
"""The commands that do jobs."""
_RECOMMENDER: Final = "recommender"
_START_SECONDS: Final = 60.0  # importing torch takes seconds on a cold disk
_GRACE_SECONDS: Final = 5.0  # a job that runs is given up: its data are as short-lived as this stack


@dataclass(frozen=True, slots=True)
class Stack:
    """A running Marquee.

    Attributes:
        url: the recommender's address.
        environment: the `MARQUEE_…` variables that its processes were given.
        services: the three services, by the command that runs each.
    """

    url: str
    environment: Mapping[str, str]
    services: Mapping[str, Server]

    @property
    def processes(self) -> tuple[Process, ...]:
        """The services' processes."""
        return tuple(service.process for service in self.services.values())

    def settings(self) -> QueueSettings:
        """Settings that reach the same graph and queue."""
        return settings_of(self.environment)

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
        environment = {**environment, "MARQUEE_REDIS_URL": redis_url, "MARQUEE_PORT": str(free_port())}
        services = {name: service(name, environment, logs=logs) for name in (_RECOMMENDER, *WORKERS)}
        for each in services.values():
            each.begin()
            parts.callback(each.stop)
        for each in services.values():  # called before any of them is waited for, so that all end at the same time
            parts.callback(each.ask_to_end)
        for name in WORKERS:
            services[name].await_ready()
            announce(name.replace("-", " "), f"process {services[name].process.popen.pid}")
        services[_RECOMMENDER].await_ready()
        announce(_RECOMMENDER, url_of(environment))
        yield Stack(url_of(environment), environment, services)


def service(
    command: str, environment: Mapping[str, str], *, logs: Path, grace_seconds: float = _GRACE_SECONDS
) -> Server:
    """A worker or the recommender, not yet started.

    Args:
        command: of `marquee`: one of `WORKERS`, or `recommender`, whose `MARQUEE_PORT` must be in the environment.
        environment: `MARQUEE_…` variables.
        logs: the folder for its output.
        grace_seconds: how long it has to end after SIGTERM.
    """

    def is_ready(process: Process) -> bool:
        if command == _RECOMMENDER:
            return answers(f"{url_of(environment)}/readyz")
        return " ready." in process.output()

    return Server(
        command,
        [sys.executable, "-m", "shared.cli", command],
        log=logs / f"{command}.log",
        is_ready=is_ready,
        start_seconds=_START_SECONDS,
        env=environment,
        grace_seconds=grace_seconds,
    )


def url_of(environment: Mapping[str, str]) -> str:
    """The address of the recommender that was given this environment."""
    return f"http://127.0.0.1:{environment['MARQUEE_PORT']}"


def settings_of(environment: Mapping[str, str]) -> QueueSettings:
    """Settings that reach the graph and the queue that are named in an environment."""
    return QueueSettings.model_validate(
        {name.removeprefix("MARQUEE_").lower(): value for name, value in environment.items()}
    )


def answers(url: str) -> bool:
    """Whether a GET of `url`, an address on this machine, answers with a status below 400. No proxy is asked."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2):
            return True
    except OSError:
        return False
