"""A Dockerfile, taken apart into stages and instructions."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.containers.compose import ROOT

SERVICES: Final = ("ingest", "trainer", "recommender")
_FLAG: Final = re.compile(r"--([a-z-]+)=(\S+)\s+")


@dataclass(frozen=True)
class Instruction:
    """One instruction, such as `COPY --from=build /a /b`: its keyword, its flags, and the rest."""

    keyword: str
    flags: Mapping[str, str]
    rest: str

    def words(self) -> list[str]:
        """The rest as words, or the strings of its exec form."""
        return json.loads(self.rest) if self.rest.startswith("[") else shlex.split(self.rest)

    def assignments(self) -> dict[str, str]:
        """`NAME=VALUE …` of an ENV or a LABEL."""
        return dict(word.split("=", 1) for word in shlex.split(self.rest))


@dataclass(frozen=True)
class Stage:
    """From one FROM to the next."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, keyword: str) -> list[Instruction]:
        """Its instructions of this keyword, in order."""
        return [one for one in self.instructions if one.keyword == keyword]

    def last(self, keyword: str) -> Instruction:
        """The one that counts where an instruction stands more than once."""
        return self.all(keyword)[-1]


def path_of(service: str) -> Path:
    """The Dockerfile of a service."""
    return ROOT / "services" / service / "Dockerfile"


def read_stages(service: str) -> list[Stage]:
    """The stages of a service's Dockerfile; what stands before the first FROM is left out."""
    stages: list[Stage] = []
    for keyword, rest in _lines(path_of(service).read_text(encoding="utf-8")):
        if keyword == "FROM":
            base, *names = re.split(r"\s+AS\s+", rest)
            stages.append(Stage(base, names[0] if names else ""))
        elif stages:
            stages[-1].instructions.append(_instruction(keyword, rest))
    return stages


def _lines(text: str) -> Iterator[tuple[str, str]]:
    without_comments = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in without_comments.replace("\\\n", " ").splitlines():
        if line.strip():
            keyword, _, rest = line.strip().partition(" ")
            yield keyword, rest.strip()


def _instruction(keyword: str, rest: str) -> Instruction:
    flags = {}
    while found := _FLAG.match(rest):
        flags[found[1]] = found[2]
        rest = rest[found.end() :]
    return Instruction(keyword, flags, rest)
