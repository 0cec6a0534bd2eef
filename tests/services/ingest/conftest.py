"""Parts that the tests of the ingest worker share: settings, a source's way into the graph, a web server of files."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from services.ingest.forms.block import Table
from services.ingest.job import STAGES, ingest
from services.ingest.settings import IngestSettings
from shared.graph import EdgeBatch, Graph
from shared.job_records import Jobs
from shared.jobs import IngestRequest, JobKind
from shared.schema import EDGE_KINDS, GRAPH_STATE, JOB, NODE_KINDS
from shared.work import JobContext

_NOBODY = 65_534
Contents = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def settings(tmp_path: Path) -> IngestSettings:
    """Settings that allow sources in the test's own folder, and try downloads again at once."""
    return IngestSettings(
        data_dir=tmp_path / "data", ingest_roots=(tmp_path,), ingest_hosts=(), ingest_retry_seconds=0.001
    )


@pytest.fixture
def ingest_source(sqlite_graph: Graph, settings: IngestSettings) -> Callable[..., dict[str, Any]]:
    """Bring a source into `sqlite_graph` as a job does; gives the report."""

    def run(source: Path | str, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of an IngestRequest
        def send(kind: JobKind, job_id: str) -> None:
            """Nothing: the job is done right here."""

        job, _ = Jobs(sqlite_graph).ask(IngestRequest(source=str(source), **asked), send)
        return dict(ingest(settings, JobContext(sqlite_graph, job, STAGES)).result)

    return run


@pytest.fixture
def contents() -> Callable[[Graph], Contents]:
    """Everything in a graph but the jobs and the revision: rows by label and relationship type, sorted."""

    def read(graph: Graph) -> Contents:
        found: Contents = {}
        for kind in NODE_KINDS:
            if kind not in (JOB, GRAPH_STATE):
                names = [p.name for p in kind.properties]
                table = graph.read_nodes(kind, names)
                columns = [table.keys.tolist(), *(table.columns[name].tolist() for name in names)]
                found[kind.label] = sorted(zip(*columns, strict=True), key=lambda row: tuple(map(str, row)))
        for edge in EDGE_KINDS:
            sources, targets = graph.read_nodes(edge.source), graph.read_nodes(edge.target)
            names = [p.name for p in edge.properties]
            batch = EdgeBatch.concatenate(list(graph.read_edges(edge, sources, targets, names)), edge, names)
            ends = [sources.keys[batch.sources].tolist(), targets.keys[batch.targets].tolist()]
            columns = [*ends, *(batch.columns[name].tolist() for name in names)]
            found[edge.type] = sorted(zip(*columns, strict=True), key=lambda row: tuple(map(str, row)))
        return found

    return read


@pytest.fixture
def nothing_written(sqlite_graph: Graph, contents: Callable[[Graph], Contents]) -> Iterator[None]:
    """Whatever the test does, `sqlite_graph` is as it was at its end."""
    before = contents(sqlite_graph)
    yield
    assert contents(sqlite_graph) == before


@pytest.fixture
def write_files(tmp_path: Path) -> Callable[[str, Mapping[str, str | bytes]], Path]:
    """Write files into a new folder below the test's own; gives the folder."""

    def write(name: str, files: Mapping[str, str | bytes]) -> Path:
        folder = tmp_path / name
        for file, content in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return write


@pytest.fixture
def nobody(tmp_path: Path) -> Callable[[], AbstractContextManager[None]]:
    """A user to whom rights apply: while the context lasts, root, who may read everything, is one without rights."""

    @contextmanager
    def become() -> Iterator[None]:
        user = os.geteuid()
        if user:
            yield
            return
        for folder in (tmp_path, *list(tmp_path.parents)[:-2]):  # pytest's folders are closed to others
            folder.chmod(folder.stat().st_mode | 0o011)
        os.seteuid(_NOBODY)
        try:
            yield
        finally:
            os.seteuid(user)

    return become


@pytest.fixture
def read_all() -> Callable[[Table], dict[str, list[Any]]]:
    """All of a table: our names of the columns to values, `line`, and `malformed` lines."""

    def read(table: Table) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {name: [] for name in (*table.columns, "line", "malformed")}
        for block in table.blocks():
            for name, column in block.columns.items():
                found[name] += column.to_pylist()
            found["line"] += block.lines.tolist()
            found["malformed"] += block.malformed
        return found

    return read


class _Site:
    """What the web server has, and what it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.authorizations: set[str | None] = set()


class _Handler(BaseHTTPRequestHandler):
    site: _Site

    def do_GET(self) -> None:
        """Answer as the file's options say."""
        self.site.requests.append((self.path, self.headers.get("Range")))
        self.site.authorizations.add(self.headers.get("Authorization"))
        file = self.site.files.get(self.path)
        if file is None:
            self.send_error(404)
        elif file["redirect"]:
            self.send_response(302)
            self.send_header("Location", file["redirect"])
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif file["statuses"]:
            self.send_error(file["statuses"].pop(0))
        else:
            self._send(file)

    def _send(self, file: dict[str, Any]) -> None:
        body, start = file["body"], 0
        wanted = self.headers.get("Range")
        if wanted and self.headers.get("If-Range") == file["etag"]:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        if file["etag"]:
            self.send_header("ETag", file["etag"])
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        stop = file["breaks"].pop(0) if file["breaks"] else len(body)
        self.wfile.write(body[start:stop])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: tests are quiet."""


@pytest.fixture
def site() -> Iterator[_Site]:
    """What the web server of this test has; `requests` are the paths and ranges that it was asked for."""
    found = _Site()
    handler = type("Handler", (_Handler,), {"site": found})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        found.files["address"] = {"body": f"http://127.0.0.1:{server.server_port}"}
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture
def serve(site: _Site) -> Callable[..., str]:
    """Put a file on the web server; gives its address.

    `breaks` are the places at which the connection of the first, second, … answer breaks; `statuses` are answered
    first.
    """

    def put(
        path: str,
        body: bytes = b"",
        *,
        etag: str | None = '"one"',
        breaks: tuple[int, ...] = (),
        statuses: tuple[int, ...] = (),
        redirect: str | None = None,
    ) -> str:
        site.files[path] = {
            "body": body, "etag": etag, "breaks": list(breaks), "statuses": list(statuses), "redirect": redirect,
        }  # fmt: skip
        return f"{site.files['address']['body']}{path}"

    return put


@pytest.fixture
def asked(site: _Site) -> list[tuple[str, str | None]]:
    """The paths and ranges that the web server was asked for, in order."""
    return site.requests


@pytest.fixture
def authorizations(site: _Site) -> set[str | None]:
    """What the web server was shown to be let in."""
    return site.authorizations


@pytest.fixture
def web_settings(settings: IngestSettings, serve: Callable[..., str]) -> IngestSettings:
    """`settings` whose MovieLens is the test's web server."""
    return settings.model_copy(update={"movielens_url": serve("/datasets")})
