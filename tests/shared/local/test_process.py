"""Child processes end with the context that runs them, and with their parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.errors import UnavailableError
from shared.local.process import running

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


def has_ended(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].startswith("Z"):
            return True
        time.sleep(0.02)
    return False


def test_a_process_ends_with_its_context(tmp_path: Path) -> None:
    with running("sleeper", SLEEP, log=tmp_path / "log") as process:
        process.wait_until(lambda: process.tail() == "up", timeout_seconds=10)
        assert process.is_alive()

    assert has_ended(process.popen.pid)


def test_a_process_that_does_not_listen_is_killed_with_its_children(tmp_path: Path) -> None:
    script = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True); time.sleep(60)"
    )
    with running("deaf", [sys.executable, "-c", script], log=tmp_path / "log") as process:
        process.wait_until(lambda: bool(process.tail()), timeout_seconds=10)
        grandchild = int(process.tail())
        process.stop(grace_seconds=0.2)

    assert has_ended(process.popen.pid)
    assert has_ended(grandchild)


def test_a_process_that_ends_early_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no such database'); raise SystemExit(3)"]

    with (
        running("server", command, log=tmp_path / "log") as process,
        pytest.raises(UnavailableError, match="server ended with status 3:\nno such database"),
    ):
        process.wait_until(lambda: False, timeout_seconds=10)


def test_a_process_that_is_not_ready_in_time_is_told(tmp_path: Path) -> None:
    with (
        running("sleeper", SLEEP, log=tmp_path / "log") as process,
        pytest.raises(UnavailableError, match="sleeper was not ready within 0 s"),
    ):
        process.wait_until(lambda: False, timeout_seconds=0.2)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = f"""
import sys, time
from pathlib import Path
from shared.local.process import running
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
with running("sleeper", sleep, log=Path({str(tmp_path / "log")!r})) as process:
    print(process.popen.pid, flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait(5)

        assert has_ended(child)
