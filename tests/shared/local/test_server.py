"""A server goes through stops, kills and pauses, and is the same server after each start."""

import sys
import time
from pathlib import Path

import pytest

from shared.errors import UnavailableError
from shared.local.server import Server

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


def sleeper(tmp_path: Path) -> Server:
    return Server(
        "sleeper", SLEEP, log=tmp_path / "log", is_ready=lambda process: "up" in process.output(), start_seconds=10
    )


def await_state(server: Server, letters: str) -> None:
    """Wait for the process's state: R and S run, T is stopped. A signal takes effect when Linux gets round to it."""
    stat = Path(f"/proc/{server.process.popen.pid}/stat")
    deadline = time.monotonic() + 5
    while (state := stat.read_text(encoding="ascii").rpartition(") ")[2][0]) not in letters:
        assert time.monotonic() < deadline, state
        time.sleep(0.01)


def test_it_is_started_again_after_a_kill_and_waited_for_anew(tmp_path: Path) -> None:
    with sleeper(tmp_path) as server:
        first = server.process
        server.kill()
        assert not first.is_alive()

        server.start()

        assert server.process.is_alive()
        assert server.process.output() == "up\n"
        assert (tmp_path / "log").read_text(encoding="utf-8") == "up\nup\n"
    assert not server.process.is_alive()


def test_one_that_is_paused_hangs_until_it_is_resumed_and_can_be_stopped(tmp_path: Path) -> None:
    with sleeper(tmp_path) as server:
        server.pause()
        await_state(server, "T")
        server.resume()
        await_state(server, "RS")
        server.pause()
    assert server.process.popen.returncode == -15, "it was not told to end in order"


def test_one_that_runs_is_not_started_twice(tmp_path: Path) -> None:
    with sleeper(tmp_path) as server, pytest.raises(UnavailableError, match="sleeper runs already"):
        server.start()


def test_one_that_was_never_started_has_no_process_and_is_stopped_without_a_word(tmp_path: Path) -> None:
    server = sleeper(tmp_path)

    server.stop()

    with pytest.raises(UnavailableError, match="sleeper was never started"):
        server.kill()
