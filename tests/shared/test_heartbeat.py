"""A worker's sign of life, as a health check sees it."""

import os
import subprocess
import sys
import time
from pathlib import Path


def asked(file: Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", "shared.heartbeat", file], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr.strip()


def test_a_file_that_was_touched_a_moment_ago_is_a_sign_of_life(tmp_path: Path) -> None:
    (tmp_path / "heartbeat").touch()

    assert asked(tmp_path / "heartbeat") == (0, "")


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert asked(tmp_path / "heartbeat") == (1, "The worker has given no sign of life yet.")


def test_a_file_that_was_touched_long_ago_says_for_how_long_there_was_none(tmp_path: Path) -> None:
    file = tmp_path / "heartbeat"
    file.touch()
    os.utime(file, (time.time() - 90, time.time() - 90))

    status, words = asked(file)

    assert status == 1
    assert words.startswith("The worker has given no sign of life for 9")
