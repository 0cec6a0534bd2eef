"""A real HTTP server that does what it is told with each request: refuses, breaks off, answers."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request comes to. Without a status the connection is closed before any answer."""

    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    breaks_off: bool = False


LOST: Final = Answer()


def refused(status: int, detail: str = "Not now.", **headers: str) -> Answer:
    """A problem."""
    body = {"type": "urn:marquee:problem:test", "title": "No", "status": status, "detail": detail, "instance": "/"}
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float


@contextlib.contextmanager
def serving(answers: Sequence[Answer]) -> Iterator[tuple[str, list[Received]]]:
    """The address of a server that gives these answers one after another, and what it has received."""
    received: list[Received] = []
    waiting = iter(answers)

    class Handler(BaseHTTPRequestHandler):
        def handle_request(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received.append(Received(self.command, self.path, headers, body, time.monotonic()))
            self.close_connection = True
            answer = next(waiting)
            if answer.status is None:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            content = (json.dumps(answer.body) if answer.text is None else answer.text).encode()
            self.send_response(answer.status)
            for name, value in {"content-type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("content-length", str(len(content) + answer.breaks_off))
            self.end_headers()
            if answer.status != 204:
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = handle_request  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
