"""The recommender as a process of its own: started by its command, swapped under load, ended by a signal."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from shared.graph import Graph
from shared.local.process import free_port
from shared.models import activate
from shared.schema import Slot

pytestmark = pytest.mark.slow

LEGAL = {
    "v1": [("d", 1.7), ("b", 1.6), ("c", 0), ("e", -2)],
    "v2": [("e", 2), ("c", 0), ("d", -0.7), ("b", -1.6)],
}
IMPORT = """
import sys
import services.recommender.app
assert "numpy" not in sys.modules, "the command must set OPENBLAS_NUM_THREADS first"
import services.recommender.web, shared.queue, shared.graph.sqlite
print(*sorted({"torch", "dgl", "pandas", "scipy", "sklearn"} & set(sys.modules)))
"""


@pytest.fixture
def url(publish: Callable[..., None], tmp_path: Path) -> Iterator[str]:
    """The address of a recommender with v1 in service, and v2 ready in the other slot."""
    outputs = np.array([[-1, 0], [-0.8, -0.6], [0, -1], [-0.6, -0.8], [1, 0]], np.float32)
    publish("v2", Slot.B, outputs)
    publish("v1")
    port = free_port()
    environment = {"MARQUEE_GRAPH_URL": f"sqlite:{tmp_path / 'graph.db'}", "MARQUEE_PORT": str(port)}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "shared.cli", "recommender"], env={**os.environ, **environment}, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, "v1")
        yield address
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in {0, -signal.SIGTERM}
        assert "Traceback" not in (tmp_path / "log").read_text(encoding="utf-8")
    finally:
        process.kill()
        process.wait()


def wait_for(address: str, version: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/readyz").json().get("model") == {"version": version}:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{version} is not served")


def test_every_answer_during_a_swap_is_wholly_of_one_version(url: str, movies: Graph) -> None:
    """Six clients ask without a pause while the pointer moves ten times. How soon that is: `make bench`."""
    done = threading.Event()
    seen: dict[str, int] = {}
    wrong: list[object] = []

    def ask() -> None:
        with httpx.Client(base_url=url) as client:
            while not done.is_set():
                body = client.get("/v1/users/u/recommendations").json()
                version = body["model"]["version"]
                ranking = [(item["movieId"], round(item["score"], 5)) for item in body["items"]]
                if ranking != LEGAL[version]:
                    wrong.append(body)
                seen[version] = seen.get(version, 0) + 1

    clients = [threading.Thread(target=ask) for _ in range(6)]
    for client in clients:
        client.start()
    for move in range(10):
        version = ("v2", "v1")[move % 2]
        activate(movies, version)
        wait_for(url, version)
    done.set()
    for client in clients:
        client.join()

    assert wrong == []
    assert set(seen) == {"v1", "v2"}


def test_the_process_binds_to_this_machine_alone_unless_told_otherwise(url: str) -> None:
    port = int(url.rpartition(":")[2])
    listening = Path("/proc/net/tcp").read_text(encoding="ascii")

    assert f"0100007F:{port:04X} 00000000:0000 0A" in listening
    assert f"00000000:{port:04X} 00000000:0000 0A" not in listening


def test_the_process_refuses_a_head_without_end(url: str) -> None:
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nA: " + b"x" * 64 * 1_024)

        assert client.recv(1_000).startswith(b"HTTP/1.1 431")


def test_nothing_of_the_trainer_or_of_ingest_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_settings_that_do_not_fit_are_named_in_a_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "shared.cli", "recommender"],
        env={**os.environ, "MARQUEE_PORT": "99999"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "MARQUEE_PORT" in done.stderr
    assert "Traceback" not in done.stderr
