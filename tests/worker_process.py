"""A worker as a process of its own, on a real graph and a real queue."""

import contextlib
import sys
from pathlib import Path

from shared.local.process import Process, running


def worker_process(
    command: str, folder: Path, redis_url: str, **environment: str
) -> contextlib.AbstractContextManager[Process]:
    """Run `marquee COMMAND` for as long as the context lasts.

    Args:
        command: `ingest-worker` or `trainer-worker`.
        folder: holds the graph, as `sqlite_graph` makes it in `tmp_path`, and gets the worker's data and its log.
        redis_url: the queue.
        environment: more `MARQUEE_…` variables.
    """
    reached = {
        "MARQUEE_GRAPH_URL": f"sqlite:{folder / 'graph.db'}",
        "MARQUEE_REDIS_URL": redis_url,
        "MARQUEE_DATA_DIR": str(folder / "data"),
    }
    return running(
        command,
        [sys.executable, "-m", "shared.cli", command],
        log=folder / f"{command}.log",
        env=reached | environment,
        grace_seconds=1,
    )
