"""A real recommender process, and what it says of itself."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.store import Store
from shared.local.process import Process, free_port, running
from shared.local.redis import running_redis

HOST = "127.0.0.1"
_START_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Recommender:
    """One that runs.

    Attributes:
        port: where it listens on `HOST`.
        process: the child process.
        ready_seconds: from its start until it served a model.
    """

    port: int
    process: Process
    ready_seconds: float

    def served_version(self) -> str | None:
        """The version it serves now; None where it is not ready or has no model."""
        return _served_version(self.port)


@contextlib.contextmanager
def running_recommender(store: Store, prefix: Sequence[str] = ()) -> Iterator[Recommender]:
    """Run a recommender on a store that has a served version, until the context ends.

    `prefix` comes before its command.
    """
    with tempfile.TemporaryDirectory() as folder, running_redis() as redis_url:
        port = free_port()
        environment = {
            **store.environment,
            "MARQUEE_REDIS_URL": redis_url,
            "MARQUEE_PORT": str(port),
            "MARQUEE_ACCESS": "open",
            "MARQUEE_HISTORY_TTL_SECONDS": "3600",
            "PYTHONDONTWRITEBYTECODE": "",  # an installed service does not compile its modules at each start
        }
        command = [*prefix, sys.executable, "-m", "shared.cli", "recommender"]
        start = time.perf_counter()
        with running("recommender", command, log=Path(folder) / "log", env=environment) as process:
            process.wait_until(lambda: _served_version(port) is not None, timeout_seconds=_START_SECONDS)
            yield Recommender(port, process, time.perf_counter() - start)


def _served_version(port: int) -> str | None:
    try:
        answer = httpx.get(f"http://{HOST}:{port}/readyz", timeout=10, trust_env=False)
    except httpx.TransportError:
        return None
    model = answer.json().get("model") if answer.is_success else None
    return model["version"] if model else None
