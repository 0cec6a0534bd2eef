"""Checkpoints that no training will go on from. No torch here: a worker looks for them before it imports it."""

import shutil
import time
from pathlib import Path
from typing import Final

from shared.job_records import Jobs

LEFT: Final = "left"
"""The file in a failed job's folder that leaves it to a later job."""
_KEPT_SECONDS: Final = 7 * 24 * 3_600  # far longer than a training: an unknown job may be one of another graph's


def remove_stale_checkpoints(folder: Path, jobs: Jobs) -> None:
    """Remove the folders of jobs that ended elsewhere, and old ones that were left or whose job nobody knows."""
    for path in folder.iterdir() if folder.is_dir() else ():
        job = jobs.find(path.name)
        if job is None or (path / LEFT).exists():
            is_stale = path.stat().st_mtime < time.time() - _KEPT_SECONDS
        else:
            is_stale = job.state.is_final
        if is_stale:
            shutil.rmtree(path, ignore_errors=True)
