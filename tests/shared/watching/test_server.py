"""The address of the metrics, in a process that forks."""

import os
import socket
import urllib.error
import urllib.request

import pytest

from shared.errors import InvalidInputError
from shared.watching.server import serving_metrics


def read(port: int, path: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return bytes(answer.read())


def test_it_answers_metrics_and_nothing_else() -> None:
    pages = iter([b"a 1\n", b"a 2\n"])

    with serving_metrics("127.0.0.1", 0, lambda: next(pages)) as port:
        assert [read(port, "/metrics"), read(port, "/metrics?x=1")] == [b"a 1\n", b"a 2\n"]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            read(port, "/")


def test_a_port_that_is_taken_is_refused_with_words() -> None:
    with (
        serving_metrics("127.0.0.1", 0, lambda: b"") as port,
        pytest.raises(InvalidInputError, match=rf"127.0.0.1:{port}: .*MARQUEE_METRICS_PORT of its own"),
        serving_metrics("127.0.0.1", port, lambda: b""),
    ):
        pass


def test_a_forked_process_does_not_keep_the_port() -> None:
    with serving_metrics("127.0.0.1", 0, lambda: b"") as port:
        ours, theirs = os.pipe()
        if not (child := os.fork()):
            os.close(theirs)
            os.read(ours, 1)  # until the parent closes its end
            os._exit(0)
        os.close(ours)
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
        again.listen()
    os.close(theirs)
    os.waitpid(child, 0)
