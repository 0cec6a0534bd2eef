"""The address at which Prometheus reads a process's metrics: a small server of its own, apart from the public one.

Nothing here knows keys: the address is for the network that Prometheus is in, and for no other.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final

from shared.errors import InvalidInputError

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"  # prometheus_client's, without importing it
_PATIENCE_SECONDS: Final = 5.0  # one scrape at a time is answered; a client that stands still is not waited for

log = logging.getLogger(__name__)


@contextlib.contextmanager
def serving_metrics(host: str, port: int, page: Callable[[], bytes]) -> Iterator[int]:
    """Answer `GET /metrics` with `page()` in a thread until the context ends; yields the port, a free one for 0.

    In a process that forks, `page` must take no lock: whoever is forked meanwhile would find it taken for ever.

    Raises:
        InvalidInputError: the address can't be listened at.
    """
    try:
        server = _Server((host, port), _handler(page))
    except OSError as error:
        raise InvalidInputError(
            f"Metrics can't be served at {host}:{port}: {error.strerror}. Each process needs a MARQUEE_METRICS_PORT of "
            "its own; 0 takes any free one, and without the setting there are none."
        ) from error
    os.register_at_fork(after_in_child=server.socket.close)  # else the port would be taken for as long as a child lives
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    log.info("metrics are at http://%s:%d/metrics", host, server.server_port)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(HTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of who went away before the page was there."""


def _handler(page: Callable[[], bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE_SECONDS

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self.send_error(HTTPStatus.NOT_FOUND, "There is nothing here but /metrics")
                return
            body = page()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that Python gives it
            """Say nothing of each scrape."""

    return Handler
