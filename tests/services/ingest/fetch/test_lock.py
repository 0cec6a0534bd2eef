"""One worker at a time, and one that hangs is given up."""

import os
import time
from pathlib import Path

import pytest

from services.ingest.fetch.lock import Lock
from shared.errors import CancelledError, LeaseLostError


def hang(path: Path, seconds: float) -> None:
    """As if the holder had given no sign of life for so long."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_it_is_held_by_one_and_then_by_the_next(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")

    with first:
        assert not second.take()
    assert second.take()
    assert not first.take()
    assert not second.was_taken_over


def test_whoever_waits_can_be_told_to_stop(tmp_path: Path) -> None:
    def cancel() -> None:
        raise CancelledError("enough")

    with Lock(tmp_path / "lock"), pytest.raises(CancelledError), Lock(tmp_path / "lock", wait=cancel):
        pass


def test_a_holder_that_hangs_is_given_up_and_finds_out(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with Lock(path) as hung:
        hung.live()
        hang(path, 61)

        with Lock(path, patience_seconds=60) as other:
            assert other.was_taken_over
            other.live()
            with pytest.raises(LeaseLostError, match="taken over"):
                hung.live()


def test_a_sign_of_life_keeps_it(tmp_path: Path) -> None:
    path, waits = tmp_path / "lock", 0

    def wait() -> None:
        nonlocal waits
        waits += 1
        holder.live()
        if waits == 3:
            raise CancelledError("it was waited for three times")

    with Lock(path) as holder:
        hang(path, 61)
        with pytest.raises(CancelledError), Lock(path, patience_seconds=60, wait=wait):
            pass

    assert waits == 3


def test_the_time_of_a_lock_that_was_left_long_ago_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    hang(path, 1_000)

    with Lock(path, patience_seconds=60) as lock:
        assert not lock.was_taken_over
        with pytest.raises(CancelledError), Lock(path, patience_seconds=60, wait=stop):
            pass
        lock.live()


def stop() -> None:
    raise CancelledError("it waited")
