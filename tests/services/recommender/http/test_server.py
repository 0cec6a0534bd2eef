"""How the process ends: in order when it is asked to, and without harm when it is not."""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson
import pytest

from shared.local.process import Process, free_port, running
from shared.local.stack import answers

pytestmark = pytest.mark.slow

DRAIN_SECONDS = 2.0
RANKING = [("d", 1.7), ("b", 1.6), ("c", 0), ("e", -2)]
REQUEST = b"GET /v1/users/u/recommendations HTTP/1.1\r\nHost: a\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Recommender:
    """A process with v1 in service."""

    process: Process
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def start(publish: Callable[[str], None], tmp_path: Path) -> Iterator[Callable[[], Recommender]]:
    """Starts a recommender in a folder of its own, and waits until it is ready."""
    publish("v1")
    folder = tmp_path / "work"
    folder.mkdir()

    def start_one() -> Recommender:
        port = free_port()
        environment = {
            "MARQUEE_GRAPH_URL": f"sqlite:{tmp_path / 'graph.db'}",
            "MARQUEE_PORT": str(port),
            "MARQUEE_DRAIN_SECONDS": str(DRAIN_SECONDS),
            "PYTHONPATH": str(Path.cwd()),
        }
        command = [sys.executable, "-m", "shared.cli", "recommender"]
        process = parts.enter_context(
            running("recommender", command, log=tmp_path / f"{port}.log", env=environment, cwd=folder)
        )
        process.wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), timeout_seconds=60)
        return Recommender(process, port, folder)

    with contextlib.ExitStack() as parts:
        yield start_one


@dataclass(slots=True)
class Client:
    """Asks again and again, over kept connections or each time over a new one, until it is refused."""

    port: int
    keeps: bool
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[bytes] = field(default_factory=list)

    def run(self) -> None:
        while self.outcomes["refused"] == 0:
            try:
                connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            except ConnectionError:
                self.outcomes["refused"] += 1
                return
            with connection:
                self._use(connection)

    def _use(self, connection: socket.socket) -> None:
        place, is_kept = "new", True
        while is_kept:
            received = ask(connection)
            head, _, body = received.partition(b"\r\n\r\n")
            if not received:
                self.outcomes[f"{place} connection closed without an answer"] += 1
                return
            if not is_right(head, body):
                self.wrong.append(received)
            self.outcomes["answered"] += 1
            place, is_kept = "kept", self.keeps and b"connection: close" not in head


def ask(connection: socket.socket) -> bytes:
    """All that comes of an answer."""
    received = b""
    with contextlib.suppress(ConnectionError):
        connection.sendall(REQUEST)
        while not is_whole(received) and (part := connection.recv(65_536)):
            received += part
    return received


def is_whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    return bool(end) and len(body) == int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])


def is_right(head: bytes, body: bytes) -> bool:
    if not head.startswith(b"HTTP/1.1 200") or not is_whole(head + b"\r\n\r\n" + body):
        return False
    return [(item["movieId"], round(item["score"], 5)) for item in orjson.loads(body)["items"]] == RANKING


def test_under_load_every_request_is_answered_whole_until_it_listens_no_more(
    start: Callable[[], Recommender],
) -> None:
    recommender = start()
    clients = [Client(recommender.port, keeps=number % 2 == 0) for number in range(8)]
    threads = [threading.Thread(target=client.run) for client in clients]
    for thread in threads:
        thread.start()
    time.sleep(0.5)  # the load is on

    asked_at = time.monotonic()
    recommender.process.ask_to_end()
    status = recommender.process.popen.wait(10)
    seconds = time.monotonic() - asked_at
    for thread in threads:
        thread.join(10)

    outcomes = sum((client.outcomes for client in clients), Counter[str]())
    assert [client.wrong for client in clients] == [[]] * 8
    assert outcomes["answered"] > 100
    assert outcomes["kept connection closed without an answer"] == 0
    assert outcomes["refused"] == 8
    assert outcomes["new connection closed without an answer"] <= 8  # one each, of the last moment: nothing was begun
    assert status in {0, -signal.SIGTERM}
    assert DRAIN_SECONDS - 0.2 < seconds < DRAIN_SECONDS + 4


def test_before_it_ends_it_says_so_and_closes_each_connection_with_its_answer(
    start: Callable[[], Recommender], wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    recommender = start()
    with httpx.Client(base_url=recommender.url) as kept, httpx.Client(base_url=recommender.url) as other:
        assert "connection" not in kept.get("/readyz").headers
        other.get("/healthz")
        recommender.process.ask_to_end()

        wait_until(lambda: kept.get("/readyz").status_code == 503)
        last = other.get("/v1/users/u/recommendations")

        assert (last.status_code, last.headers["connection"]) == (200, "close")


def test_a_process_that_nobody_is_connected_to_ends_at_once(start: Callable[[], Recommender]) -> None:
    recommender = start()
    asked_at = time.monotonic()

    recommender.process.ask_to_end()
    recommender.process.popen.wait(10)

    assert time.monotonic() - asked_at < DRAIN_SECONDS


def test_a_request_that_is_half_there_is_answered(start: Callable[[], Recommender]) -> None:
    recommender = start()
    body = b'{"likes": ["a"]}'
    head = b"POST /v1/recommendations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", recommender.port), timeout=10) as client:
        client.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
        time.sleep(0.2)  # it has been taken
        recommender.process.ask_to_end()
        time.sleep(DRAIN_SECONDS + 0.5)  # the drain is over
        client.sendall(body[5:])
        received = b""
        while part := client.recv(65_536):
            received += part

    head, _, content = received.partition(b"\r\n\r\n")
    assert is_right(head, content)
    assert recommender.process.popen.wait(10) in {0, -signal.SIGTERM}


def test_after_a_kill_it_starts_again_from_the_graph_alone(start: Callable[[], Recommender]) -> None:
    first = start()
    before = httpx.get(f"{first.url}/v1/users/u/recommendations").json()
    os.kill(first.process.popen.pid, signal.SIGKILL)
    first.process.popen.wait(10)

    assert list(first.folder.iterdir()) == []
    again = start()
    assert httpx.get(f"{again.url}/v1/users/u/recommendations").json() == before
