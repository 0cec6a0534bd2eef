"""Downloads that were broken off and that nobody has taken up again."""

import time
from pathlib import Path
from typing import Final

from services.ingest.fetch.lock import Lock

_STALE_SECONDS: Final = 7 * 24 * 3_600


def remove_stale_parts(downloads: Path) -> None:
    """Remove what there is of files whose download stopped a week ago or longer. Whole files stay."""
    for part in downloads.glob("*/*.part"):
        lock = Lock(part.parent / "lock")
        if not lock.take():
            continue  # another worker goes on with it at this moment
        try:
            if part.exists() and part.stat().st_mtime < time.time() - _STALE_SECONDS:
                part.with_name(f"{part.name}.json").unlink(missing_ok=True)
                part.unlink()
        finally:
            lock.release()
