"""What a measurement ran on."""

import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from shared.local.neo4j import NEO4J_VERSION

_PACKAGES: Final = ("numpy", "torch", "dgl", "fastapi")


@dataclass(frozen=True, slots=True)
class Machine:
    """Processors, memory and versions."""

    processor: str
    cores: int
    memory_gb: int
    versions: str

    def __str__(self) -> str:
        return f"{self.processor}, {self.cores} cores, {self.memory_gb} GB of memory"


def this_machine() -> Machine:
    """The one that this runs on."""
    import sqlite3

    versions = (
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"Neo4j {NEO4J_VERSION} Community",
        *(f"{name} {version(name)}" for name in _PACKAGES),
    )
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        versions=", ".join(versions),
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def commit() -> str:
    """What was measured: the commit, with a mark where files differ from it; empty outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()
