"""A load generator: many kept-alive connections, each asking again once it is answered, or at a given rate."""

import asyncio
import time
from dataclasses import dataclass

import numpy as np
import uvloop

_TIMER_SECONDS = 0.002  # the loop's timers are late by up to one millisecond, and so many requests would come together


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of requests came to. Times in milliseconds."""

    requests_per_second: float
    p50: float
    p99: float


def load_at(host: str, port: int, requests: list[bytes], *, rate: float, connections: int, seconds: float) -> Load:
    """Send whole requests in turn, `rate` times a second, over `connections`, whether or not answers have come.

    A request's time counts from when it was due, so one that waits for a free connection is not left out.

    Raises:
        RuntimeError: an answer was not 200.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        taken = runner.run(_load_at((host, port), requests, rate, connections, int(rate * seconds)))
    return _summary(taken, seconds)


def get(path: str) -> bytes:
    """A request without a body."""
    return f"GET {path} HTTP/1.1\r\nHost: load\r\n\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    """A request that sends JSON."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: load\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def load_requests(host: str, port: int, requests: list[bytes], *, connections: int, seconds: float) -> Load:
    """Send whole requests in turn over `connections` at once for `seconds`.

    Raises:
        RuntimeError: an answer was not 200.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        taken = runner.run(_load(host, port, requests, connections, seconds))
    return _summary(taken, seconds)


def _summary(taken: list[float], seconds: float) -> Load:
    return Load(len(taken) / seconds, *(float(p) for p in np.percentile(np.array(taken) * 1_000, (50, 99))))


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{request!r} was answered {head!r}")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)


async def _load_at(
    address: tuple[str, int], requests: list[bytes], rate: float, connections: int, number: int
) -> list[float]:
    begin, taken = time.perf_counter(), []  # the loop's own clock counts milliseconds
    due = iter(range(number))  # shared: a connection takes the next request once it is free

    async def client() -> None:
        reader, writer = await asyncio.open_connection(*address)
        for turn in due:
            since = begin + turn / rate
            await asyncio.sleep(since - time.perf_counter() - _TIMER_SECONDS)
            while time.perf_counter() < since:  # noqa: ASYNC110 - nothing tells that it is time
                await asyncio.sleep(0)
            await _ask(reader, writer, requests[turn % len(requests)])
            taken.append(time.perf_counter() - since)
        writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return taken


async def _load(host: str, port: int, requests: list[bytes], connections: int, seconds: float) -> list[float]:
    deadline = time.perf_counter() + seconds
    taken: list[float] = []

    async def client(first: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        turn = first
        while (start := time.perf_counter()) < deadline:
            await _ask(reader, writer, requests[turn % len(requests)])
            turn += connections
            taken.append(time.perf_counter() - start)
        writer.close()

    await asyncio.gather(*(client(number) for number in range(connections)))
    return taken
