"""Images without Docker: a Dockerfile's build stage is run as it stands, in a folder instead of a container."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from tests.conftest import skip_or_fail
from tests.containers.compose import ROOT
from tests.containers.dockerfile import Instruction, Stage, read_stages

_BUILD_SECONDS: Final = 900.0  # where the packages are not in uv's cache, they are downloaded
_FOLDERS: Final = ("/opt/marquee", "/src")  # all that a build writes to
# For the test alone: files that are linked out of uv's cache, and not compiled, are there in seconds.
_QUICK: Final = {"UV_LINK_MODE": "hardlink", "UV_COMPILE_BYTECODE": "0"}


@dataclass(frozen=True)
class Image:
    """What a Dockerfile made, in `root`, and how it says that it is run."""

    service: str
    root: Path
    final: Stage

    @property
    def environment(self) -> dict[str, str]:
        """Its variables, with paths as inside the container."""
        variables: dict[str, str] = {}
        for instruction in self.final.all("ENV"):
            variables |= {k: v.replace("$PATH", os.environ["PATH"]) for k, v in instruction.assignments().items()}
        return variables

    @property
    def command(self) -> list[str]:
        """What it runs."""
        return self.final.last("CMD").words()

    @property
    def health_check(self) -> list[str]:
        """What it asks its process, in the form of the compose specification."""
        return ["CMD", *Instruction("CMD", {}, self.final.last("HEALTHCHECK").rest.partition("CMD ")[2]).words()]

    def path(self, inside: str) -> Path:
        """Where a path inside the container lies on this machine."""
        return self.root / inside.lstrip("/")


def make_base(folder: Path) -> Path:
    """What stands for the base image: an environment with pip, into which a build may install its tools."""
    uv = shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv")
    _run([uv, "venv", "--quiet", "--seed", "--python", "3.11", str(folder)], {}, ROOT)
    return folder


def build(service: str, base: Path, root: Path, arguments: Mapping[str, str] | None = None) -> Image:
    """Build a service's image.

    Args:
        service: the folder of its Dockerfile.
        base: from `make_base`.
        root: the folder that stands for the container's file system.
        arguments: values of the build's arguments.
    """
    stages = {stage.name: stage for stage in read_stages(service)}
    assert list(stages) == ["build", ""], "this knows of one stage that builds, and one that is run"
    for folder in _FOLDERS:
        (root / folder.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
    variables = {**(arguments or {}), "PATH": f"{base / 'bin'}:{os.environ['PATH']}", "VIRTUAL_ENV": str(base)}
    workdir = root
    for instruction in stages["build"].instructions:
        match instruction.keyword:
            case "ENV":
                variables |= instruction.assignments() | _QUICK
            case "WORKDIR":
                workdir = root / instruction.rest.lstrip("/")
                workdir.mkdir(parents=True)
            case "COPY":
                _copy(instruction, workdir)
            case "RUN":
                _run(["sh", "-ec", _on_this_machine(instruction.rest, root)], variables, workdir)
            case keyword:
                assert keyword == "ARG", f"{keyword} is not known here"
    copied = [tuple(one.words()) for one in stages[""].all("COPY") if one.flags == {"from": "build"}]
    assert copied == [("/opt/marquee", "/opt/marquee")], "what is run is what was built, at the same place"
    return Image(service, root, stages[""])


def is_ignored(path: Path) -> bool:
    """Whether `.dockerignore` keeps a path of the repository out of builds: of the lines that fit, the last decides."""
    ignored = False
    relative = path.relative_to(ROOT)
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").removeprefix("**/")
        if any(fnmatch(str(part), pattern) or fnmatch(part.name, pattern) for part in (relative, *relative.parents)):
            ignored = not line.startswith("!")
    return ignored


def _copy(instruction: Instruction, workdir: Path) -> None:
    *sources, target = instruction.words()
    for name in sources:
        source, place = ROOT / name, workdir / target
        assert not is_ignored(source), f".dockerignore keeps {name} out of the build"
        if source.is_dir():
            shutil.copytree(source, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            if target.endswith("/") or place.is_dir():
                place = place / source.name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place)


def _on_this_machine(command: str, root: Path) -> str:
    folders = "|".join(folder.lstrip("/") for folder in _FOLDERS)
    return re.sub(rf"(?<![\w.])/({folders})\b", rf"{root}/\1", command)


def _run(command: list[str], variables: Mapping[str, str], folder: Path) -> None:
    done = subprocess.run(
        command,
        env={**os.environ, **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_BUILD_SECONDS,
        check=False,
    )
    if done.returncode and "Failed to fetch" in done.stderr:
        skip_or_fail("packages", f"packages are not in uv's cache and can't be downloaded: {done.stderr[-500:]}")
    assert done.returncode == 0, f"{command}:\n{done.stdout[-2_000:]}\n{done.stderr[-4_000:]}"
