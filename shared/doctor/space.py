"""Room on the disks that this machine's services write to."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shared.doctor.findings import Finding, Level

PART: Final = "space"
_GIBIBYTE: Final = 2**30
_WRONG_BYTES: Final = 256 * 2**20  # less than one checkpoint of a large model


def check_space(data_dir: Path, graph: Path | None) -> Iterator[Finding]:
    """The data folder, and the folder of an SQLite graph, which needs room for its log and for a backup beside it."""
    yield _room("the data folder", data_dir.absolute(), _GIBIBYTE)
    if graph is not None:
        files = [path for path in (graph, graph.with_name(f"{graph.name}-wal")) if path.exists()]
        size = sum(path.stat().st_size for path in files)
        yield _room(f"the graph ({size / 1e6:,.0f} MB)", graph.absolute().parent, max(_GIBIBYTE, size))


def _room(what_for: str, folder: Path, enough_bytes: int) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK):
        advice = "Give the user that runs this the right to, or name another folder."
        return Finding(PART, Level.WRONG, f"{there}, for {what_for}, can't be written to.", advice)
    free = shutil.disk_usage(there).free
    said = f"{free / 1e9:,.1f} GB are free for {what_for} in {folder}"
    advice = "Make room: take old backups and data/downloads away, or use a larger disk."
    if free < _WRONG_BYTES:
        return Finding(PART, Level.WRONG, f"Only {said}.", advice)
    if free < enough_bytes:
        return Finding(PART, Level.WARNING, f"Only {said}; {enough_bytes / 1e9:,.1f} GB would do.", advice)
    return Finding(PART, Level.WELL, f"{said}.")
