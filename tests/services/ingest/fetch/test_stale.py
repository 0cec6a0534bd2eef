"""Downloads that were broken off are removed after a week, and nothing else is."""

import fcntl
import os
import time
from pathlib import Path

import pytest

from services.ingest.fetch.stale import remove_stale_parts

WEEK_SECONDS = 7 * 24 * 3_600


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """A part of a download, eight days old, beside a whole one of the same age."""
    folder = tmp_path / "0123abcd"
    folder.mkdir()
    for name in ("ml.zip", "ml.zip.part", "ml.zip.part.json", "lock"):
        (folder / name).write_text("{}")
        os.utime(folder / name, (0, time.time() - WEEK_SECONDS - 24 * 3_600))
    return folder / "ml.zip.part"


def names(part: Path) -> set[str]:
    return {path.name for path in part.parent.iterdir()}


def test_a_part_that_nobody_went_on_with_goes_and_the_whole_file_stays(part: Path, tmp_path: Path) -> None:
    remove_stale_parts(tmp_path)

    assert names(part) == {"ml.zip", "lock"}


def test_a_part_of_this_week_stays(part: Path, tmp_path: Path) -> None:
    os.utime(part)

    remove_stale_parts(tmp_path)

    assert names(part) == {"ml.zip", "ml.zip.part", "ml.zip.part.json", "lock"}


def test_a_part_that_another_worker_goes_on_with_stays(part: Path, tmp_path: Path) -> None:
    with (part.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        remove_stale_parts(tmp_path)

    assert part.exists()


def test_where_nothing_was_downloaded_there_is_nothing_to_do(tmp_path: Path) -> None:
    remove_stale_parts(tmp_path / "downloads")

    assert list(tmp_path.iterdir()) == []
