"""What a measurement ran on."""

import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from shared.local.neo4j import NEO4J_VERSION
from shared.machine import cores, memory_gb, processor

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
        processor=processor(),
        cores=cores(),
        memory_gb=memory_gb(),
        versions=", ".join(versions),
    )


def commit() -> str:
    """What was measured: the commit, with a mark where files differ from it; empty outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()
