"""The demo as a newcomer runs it: one command, and nothing left behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.usefixtures("redis_server")]


@contextmanager
def demo(folder: Path, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """A demo whose output goes to `folder / said`."""
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "shared.cli", "demo"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "COLUMNS": "120", **environment},
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def wait_until(condition: Callable[[], bool], process: "subprocess.Popen[str]", folder: Path) -> None:
    deadline = time.monotonic() + 200
    while not condition():
        assert process.poll() is None, (folder / "said").read_text()
        assert time.monotonic() < deadline, (folder / "said").read_text()
        time.sleep(0.1)


def said(folder: Path) -> str:
    return (folder / "said").read_text()


def services_left(folder: Path) -> list[str]:
    """Processes of a demo in `folder`, by the settings that they were given."""
    left = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"MARQUEE_DATA_DIR={folder}".encode() in environment.read_bytes():
                left.append(environment.parent.name)
        except OSError:  # it has ended, or it is another's
            continue
    return left


def test_without_a_network_it_shows_the_sample_and_ends_by_itself(tmp_path: Path) -> None:
    with demo(tmp_path, DEMO_EXIT="1", MARQUEE_MOVIELENS_URL="http://127.0.0.1:9") as process:
        status = process.wait(200)

    shown = said(tmp_path)
    assert status == 0, shown
    assert "ml-latest-small can't be had here." in shown
    assert "true films, simulated ratings" in shown
    assert re.search(r"this model +0\.\d{4} +0\.\d{4}", shown)
    assert len(set(re.findall(r"simulated-\d{4}", shown))) == 3
    assert "Similar to " in shown
    assert re.search(r"report +http://127\.0\.0\.1:\d+(/v1/models/\S+)/report\.html\n.*JSON +http://\S+\1\n", shown)
    assert len(set(re.findall(r"log in as (demo|admin) +with the password ([\w-]{16})\n", shown))) == 2
    assert services_left(tmp_path) == []
    assert list((tmp_path / "data").glob("demo-*")) == []


def test_it_serves_until_ctrl_c_and_a_second_one_does_no_harm(tmp_path: Path) -> None:
    with demo(tmp_path, DATA="sample") as process:
        wait_until(lambda: "train: starting" in said(tmp_path) or "Serving" in said(tmp_path), process, tmp_path)
        assert len(services_left(tmp_path)) >= 3
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        status = process.wait(30)

    assert status == 0, said(tmp_path)
    assert "Stopped; every process has ended." in said(tmp_path)
    assert services_left(tmp_path) == []


def test_a_service_that_dies_ends_it_with_an_error(tmp_path: Path) -> None:
    with demo(tmp_path, DATA="sample") as process:
        wait_until(lambda: "recommender  " in said(tmp_path), process, tmp_path)
        found = re.search(r"trainer worker +process (\d+)", said(tmp_path))
        assert found is not None
        os.kill(int(found.group(1)), signal.SIGKILL)
        status = process.wait(60)

    assert status == 1
    assert "trainer-worker ended with status -9" in said(tmp_path)
    assert services_left(tmp_path) == []


def test_data_that_are_not_there_are_no_reason_to_show_others(tmp_path: Path) -> None:
    with demo(tmp_path, DATA="./nothing", DEMO_EXIT="1") as process:
        status = process.wait(60)

    assert status == 1
    assert "DATA is './nothing': no such folder or file, and none of sample, ml-100k" in said(tmp_path)


def test_a_folder_that_holds_no_data_set_ends_it_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")

    with demo(tmp_path, DATA="photos", DEMO_EXIT="1") as process:
        status = process.wait(60)

    assert status == 1
    assert "photos" in said(tmp_path)
    assert "Going on with the built-in sample" not in said(tmp_path)
    assert services_left(tmp_path) == []
