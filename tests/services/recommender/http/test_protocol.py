"""Requests that never end, to a real server: neither their heads nor the time that they take are without bounds."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from services.recommender.http.protocol import MAX_HEAD_BYTES, bounded_protocol

pytestmark = pytest.mark.slow

SECONDS = 0.5
LONG = 77  # a body of this length is answered by 20 MB
HALVES = [
    b"\r\n",
    b"GET / HT",
    b"GET / HTTP/1.1\r\nHost: a\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf",
]
Address = tuple[str, int]


async def echo_length(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    text = b"%d" % length if length != LONG else b"x" * 20_000_000
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
    await send({"type": "http.response.body", "body": text})


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    config = uvicorn.Config(
        echo_length, port=0, http=bounded_protocol(SECONDS), ws="none", lifespan="off", log_level="critical"
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        yield listening.getsockname()
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def connected(address: Address) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=10) as client:
        yield client


def answered(client: socket.socket) -> bytes:
    """The next answer's body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += client.recv(1_000)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += client.recv(1_000)
    return body


def until_closed(client: socket.socket) -> bytes:
    """All that comes until the server closes."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(65_536):
            received += part
    return received


def send_endlessly(client: socket.socket, piece: bytes, most_bytes: int) -> int:
    """How many bytes were taken before the server closed."""
    sent = 0
    try:
        while sent < most_bytes:
            client.sendall(piece)
            sent += len(piece)
            time.sleep(0.001)
    except (BrokenPipeError, ConnectionResetError):
        pass
    return sent


def test_a_head_within_the_bound_is_answered(address: Address) -> None:
    with connected(address) as client:
        client.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\nA: %b\r\n\r\n" % (b"x" * 60_000))

        assert until_closed(client).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("bytes_more", [0, 40_000])
def test_a_whole_head_above_the_bound_is_refused(address: Address, bytes_more: int) -> None:
    with connected(address) as client:
        client.sendall(b"GET / HTTP/1.1\r\nA: %b\r\n\r\n" % (b"x" * (MAX_HEAD_BYTES + bytes_more)))

        answer = until_closed(client)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\nA: ", b"GET /"])
def test_a_head_without_end_is_refused_and_closed(address: Address, start: bytes) -> None:
    with connected(address) as client:
        client.sendall(start + b"x" * MAX_HEAD_BYTES)
        answer = client.recv(100)

        assert answer.startswith(b"HTTP/1.1 431")


def test_many_long_lines_are_not_held(address: Address) -> None:
    with connected(address) as client:
        client.sendall(b"GET / HTTP/1.1\r\n")

        assert send_endlessly(client, b"A: %b\r\n" % (b"x" * 1_000_000), 100_000_000) < 10_000_000


def test_trailers_without_end_are_closed(address: Address) -> None:
    with connected(address) as client:
        client.sendall(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")

        assert send_endlessly(client, b"A: %b\r\n" % (b"x" * 10_000), 10_000_000) < 5_000_000


def test_a_long_body_and_what_follows_it_are_answered(address: Address) -> None:
    body = b"x" * 1_000_000
    with connected(address) as client:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        assert answered(client) == b"1000000"
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab" * 2)
        client.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")

        assert until_closed(client).count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_request_that_does_not_come_whole_is_closed_in_time(address: Address, half: bytes, is_first: bool) -> None:
    with connected(address) as client:
        if not is_first:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            answered(client)
        started = time.monotonic()
        client.sendall(half)
        until_closed(client)

        assert SECONDS - 0.1 < time.monotonic() - started < SECONDS + 4


def test_a_connection_without_a_request_is_closed_in_time(address: Address) -> None:
    started = time.monotonic()
    with connected(address) as client:
        assert until_closed(client) == b""

    assert SECONDS - 0.1 < time.monotonic() - started < SECONDS + 4


def test_a_connection_that_asks_again_outlives_the_time_of_a_request(address: Address) -> None:
    with connected(address) as client:
        for _ in range(4):
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert answered(client) == b"0"
            time.sleep(SECONDS / 2)


def test_an_answer_that_nobody_reads_is_broken_off_in_time(address: Address) -> None:
    with connected(address) as client:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (LONG, b"x" * LONG))
        time.sleep(SECONDS * 4)

        assert len(until_closed(client)) < 20_000_000


def test_a_long_answer_that_is_read_slowly_but_in_time_comes_whole(address: Address) -> None:
    with connected(address) as client:
        client.sendall(b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (LONG, b"x" * LONG))
        received = 0
        while part := client.recv(1_000_000):
            received += len(part)
            time.sleep(0.01)

    assert received > 20_000_000
