"""A web server of one file that sends slowly, goes on where a client asks it to, and remembers what it was asked."""

import contextlib
import io
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CHUNK_BYTES = 16_384
_ETAG = '"one"'


class Site:
    """What the server has, and what it was asked.

    Attributes:
        body: the file.
        chunk_seconds: the pause before each 16 KB.
        ranges: the `Range` header of each request for the file, None for all of it.
        address: of the file.
    """

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.chunk_seconds = 0.0
        self.ranges: list[str | None] = []
        self.address = ""


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        """The file, or the rest of it. No checksum is published."""
        if self.path != "/data.zip":
            self.send_error(404)
            return
        wanted = self.headers.get("Range") if self.headers.get("If-Range") == _ETAG else None
        self.site.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        size = len(self.site.body)
        if start >= size:
            self.send_error(416)
            return
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("ETag", _ETAG)
        self.send_header("Content-Length", str(size - start))
        self.end_headers()
        with contextlib.suppress(OSError):  # the client was killed
            for place in range(start, size, _CHUNK_BYTES):
                time.sleep(self.site.chunk_seconds)
                self.wfile.write(self.site.body[place : place + _CHUNK_BYTES])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: tests are quiet."""


@contextlib.contextmanager
def serving(body: bytes) -> Iterator[Site]:
    """A server of `body` as `/data.zip`, until the context ends."""
    site = Site(body)
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": site})) as server:
        server.daemon_threads = True
        site.address = f"http://127.0.0.1:{server.server_port}/data.zip"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def zipped(folder: Path) -> bytes:
    """The files of a folder in a zip, as they would be published; stored, so that there is something to download."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return body.getvalue()
