"""Downloads that were broken off and that nobody has taken up again."""

import fcntl
import time
from pathlib import Path
from typing import Final

_STALE_SECONDS: Final = 7 * 24 * 3_600


def remove_stale_parts(downloads: Path) -> None:
    """Remove what there is of files whose download stopped a week ago or longer. Whole files stay."""
    for part in downloads.glob("*/*.part"):
        with (part.parent / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # another worker goes on with it at this moment
            if part.exists() and part.stat().st_mtime < time.time() - _STALE_SECONDS:
                part.with_name(f"{part.name}.json").unlink(missing_ok=True)
                part.unlink()
