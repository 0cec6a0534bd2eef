"""Containers without Docker: a compose file's services as processes of this machine, each at an address of its own.

A process gets the command and the variables that its container would get, and no others. What names a place is put in
other words: a folder of the container is a folder here, a service's name is the address of its process.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from shared.local.process import Process
from tests.conftest import skip_or_fail
from tests.containers.compose import ROOT, mounts, seconds
from tests.containers.images import Image

_HEALTHY_SECONDS: Final = 90.0
_PAUSE_SECONDS: Final = 0.5  # a health check is a program, and starting it takes its time of what is waited for
_PATH: Final = f"{os.environ['PATH']}:/usr/sbin"  # where Debian puts haproxy
_ENGINES_NAMES: Final = "127.0.0.11:53"


@dataclass
class Container:
    """A replica of a service.

    Attributes:
        service: its name in the compose file.
        address: this machine's, on which it listens with the ports that it has in its container.
        command: what is run, in words of this machine.
        environment: all variables that it has, likewise.
        health_check: the command that says whether it is well, likewise.
        stop_signal: what asks it to end.
        grace_seconds: how long it has to.
        folder: where it is run.
        log: where its output goes.
    """

    service: str
    address: str
    command: Sequence[str]
    environment: Mapping[str, str]
    health_check: Sequence[str]
    stop_signal: signal.Signals
    grace_seconds: float
    folder: Path
    log: Path
    started: list[Process] = field(default_factory=list)

    @property
    def process(self) -> Process:
        """What runs now, or ran last."""
        return self.started[-1]

    def start(self) -> None:
        """Run it, and do not wait. What ran before is gone."""
        if self.started:
            self.process.kill()
        self.started.append(Process.start(self.service, self._alone(self.command), log=self.log, cwd=self.folder))

    def is_healthy(self) -> bool:
        """What its health check says."""
        done = subprocess.run(self._alone(self.health_check), cwd=self.folder, capture_output=True, check=False)
        return done.returncode == 0

    def await_healthy(self) -> None:
        """Wait until it is well, as what depends on it does."""
        self.process.wait_until(self.is_healthy, timeout_seconds=_HEALTHY_SECONDS, pause_seconds=_PAUSE_SECONDS)

    def ask_to_end(self) -> None:
        """Send its signal, and do not wait."""
        if self.started and self.process.is_alive():
            self.process.popen.send_signal(self.stop_signal)

    def has_ended_in_time(self) -> bool:
        """Wait for its end, and say whether it came within its time; if not, it is killed."""
        if not self.started:
            return True
        try:
            self.process.popen.wait(self.grace_seconds)
        except subprocess.TimeoutExpired:
            return False
        finally:
            self.process.kill()
        return True

    def _alone(self, command: Sequence[str]) -> list[str]:
        return ["env", "-i", *(f"{name}={value}" for name, value in self.environment.items()), *command]


class Engine:
    """Makes containers out of a compose file.

    Args:
        content: the file, variables put in.
        images: those that it builds.
        folder: for volumes and logs.
        outside: the address, with port, of services that run already.
        nameserver: what answers for the name service of Docker's networks.
    """

    def __init__(
        self,
        content: Mapping[str, Any],
        images: Mapping[str, Image],
        folder: Path,
        *,
        outside: Mapping[str, str],
        nameserver: str,
    ) -> None:
        self._services: Mapping[str, Any] = content["services"]
        self._images, self._folder, self._outside, self._nameserver = images, folder, outside, nameserver
        self._network = f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(254) + 1}"
        self.containers: list[Container] = []

    def make(self, name: str, *, extra: Sequence[str] = ()) -> Container:
        """Another replica of a service, not yet started. `{address}` in an `extra` argument becomes its address."""
        service, image = self._services[name], self._images.get(name)
        address = f"{self._network}.{len(self.containers) + 2}"
        scratch = self._folder / "scratch" / address
        scratch.mkdir(parents=True)
        words = {**self._places(service, image, scratch), **self._addresses(name, address)}
        variables = {"PATH": _PATH, **(image.environment if image else {}), **service.get("environment", {})}
        said = [*service.get("entrypoint", ()), *service.get("command", image.command if image else ())]
        asked = service["healthcheck"]["test"] if "healthcheck" in service else image.health_check if image else []
        assert asked[0] == "CMD", "a health check is a command in exec form"
        environment = {variable: _translate(value, words) for variable, value in variables.items()}
        container = Container(
            service=name,
            address=address,
            command=[*_command(said, words, environment), *(word.format(address=address) for word in extra)],
            environment=environment,
            health_check=_command(asked[1:], words, environment),
            stop_signal=signal.Signals[service.get("stop_signal", "SIGTERM")],
            grace_seconds=seconds(service["stop_grace_period"]),
            folder=scratch,
            log=self._folder / "logs" / f"{name}-{address}.log",
        )
        self.containers.append(container)
        return container

    def stop(self) -> list[str]:
        """Ask all containers to end, and say which did not within their time; first those that no other depends on."""
        needed = {name for service in self._services.values() for name in service.get("depends_on", {})}
        late = []
        for is_needed in (False, True):
            containers = [each for each in self.containers if (each.service in needed) == is_needed]
            for container in containers:
                container.ask_to_end()
            late += [container.service for container in containers if not container.has_ended_in_time()]
        return late

    def _places(self, service: Mapping[str, Any], image: Image | None, scratch: Path) -> dict[str, str]:
        """Folders and files of a container, as patterns, and where they are on this machine."""
        places = {"/opt/marquee": str(image.path("/opt/marquee"))} if image else {}
        for target in (entry.split(":")[0] for entry in service.get("tmpfs", ())):
            places[target] = str(scratch)
        for target, source in mounts(service).items():
            path = ROOT / source if source.startswith("./deploy/") else self._folder / "volumes" / source
            if not path.exists():
                path.mkdir(parents=True)
            places[target] = str(path)
        return {rf"{re.escape(target)}(?![\w.-])": place for target, place in places.items()}

    def _addresses(self, own_name: str, own_address: str) -> dict[str, str]:
        """Other services' names, and a container's words for itself, as patterns: it has one address here."""
        others = {each.service: each.address for each in self.containers if each.service != own_name}
        return {
            re.escape(_ENGINES_NAMES): self._nameserver,
            **{rf"{name}:\d+": address for name, address in self._outside.items()},
            **{rf"{name}(?=:\d)": address for name, address in others.items()},
            r"0\.0\.0\.0|127\.0\.0\.1(?!\d)|^(?=:\d+$)": own_address,
        }


def _translate(text: str, words: Mapping[str, str]) -> str:
    """`text` with what fits one of the patterns replaced, in one go: nothing is replaced twice."""
    either = "|".join(f"({pattern})" for pattern in words)
    replacements = list(words.values())
    return re.sub(rf"(?<![\w.-])(?:{either})", lambda found: replacements[(found.lastindex or 1) - 1], text)


def _command(said: Sequence[str], words: Mapping[str, str], environment: Mapping[str, str]) -> list[str]:
    """A command, its program looked for on the container's PATH."""
    name, *arguments = (_translate(word, words) for word in said)
    program = shutil.which(name, path=environment["PATH"])
    if program is None:
        skip_or_fail("proxy", f"there is no {name} on this machine")
    return [str(program), *arguments]
