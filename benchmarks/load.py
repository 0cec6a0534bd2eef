"""A load generator: many kept-alive connections, each asking again as soon as it is answered."""

import asyncio
import time
from dataclasses import dataclass

import numpy as np
import uvloop


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of requests came to. Times in milliseconds."""

    requests_per_second: float
    p50: float
    p99: float


def load(host: str, port: int, paths: list[str], *, connections: int, seconds: float) -> Load:
    """Ask for `paths` in turn over `connections` at once for `seconds`.

    Raises:
        RuntimeError: an answer was not 200.
    """
    requests = [f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() for path in paths]
    return load_requests(host, port, requests, connections=connections, seconds=seconds)


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
    return Load(len(taken) / seconds, *(float(p) for p in np.percentile(np.array(taken) * 1_000, (50, 99))))


async def _load(host: str, port: int, requests: list[bytes], connections: int, seconds: float) -> list[float]:
    deadline = time.perf_counter() + seconds
    taken: list[float] = []

    async def client(first: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        turn = first
        while (start := time.perf_counter()) < deadline:
            writer.write(requests[turn % len(requests)])
            turn += connections
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{requests[turn % len(requests)]!r} was answered {head!r}")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            taken.append(time.perf_counter() - start)
        writer.close()

    await asyncio.gather(*(client(number) for number in range(connections)))
    return taken
