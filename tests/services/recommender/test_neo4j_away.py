"""A Neo4j that hangs, is down, or is cut off: behind a forwarder that does so, since tests share the server."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest

from services.recommender.settings import RecommenderSettings
from shared.graph import Graph
from shared.graph.neo4j import Neo4jGraph
from shared.local.neo4j import RunningNeo4j
from shared.local.process import free_port

pytestmark = pytest.mark.slow


class Forwarder:
    """Forwards connections to a port of this machine, or does not."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._address = ("127.0.0.1", free_port())
        self._flows = threading.Event()
        self._sockets: list[socket.socket] = []
        self._listening: socket.socket | None = None

    @property
    def port(self) -> int:
        return self._address[1]

    def start(self) -> None:
        """Forward, also what waits."""
        self._flows.set()
        if self._listening is None:
            self._listening = socket.create_server(self._address)
            threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def hang(self) -> None:
        """Take connections and what they send, and forward nothing, as a stopped server does."""
        self._flows.clear()

    def cut(self) -> None:
        """As `hang`, and what is connected now stays so for ever, as when a host is gone."""
        self._flows.clear()
        self._flows = threading.Event()

    def stop(self) -> None:
        """Refuse connections, and close those there are, as when a server is down."""
        if self._listening is not None:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._sockets.clear()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            self._sockets += [client, server]
            for ends in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(*ends, self._flows), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, flows: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                flows.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def forwarder(neo4j_server: RunningNeo4j) -> Iterator[Forwarder]:
    host, _, port = neo4j_server.url.rpartition("/")[2].partition(":")
    made = Forwarder((host, int(port)))
    made.start()
    yield made
    made.start()
    made.stop()


@pytest.fixture
def movies(neo4j_movies: Graph) -> Graph:
    """What `publish` writes into."""
    return neo4j_movies


@pytest.fixture
def settings() -> RecommenderSettings:
    return RecommenderSettings(
        watch_interval_seconds=0.05,
        graph_away_after_seconds=1,
        history_ttl_seconds=0,
        history_wait_seconds=0.5,
    )


@pytest.fixture
def rest(
    forwarder: Forwarder,
    neo4j_server: RunningNeo4j,
    publish: Callable[[str], None],
    serve: Callable[[Graph], httpx.Client],
    until_served: Callable[[httpx.Client, str | None], None],
) -> Iterator[httpx.Client]:
    publish("v1")
    with Neo4jGraph(
        f"bolt://127.0.0.1:{forwarder.port}",
        user=neo4j_server.user,
        password=neo4j_server.password,
        timeout_seconds=4,
    ) as graph:
        client = serve(graph)
        until_served(client, "v1")
        yield client
        forwarder.start()


def recommended(rest: httpx.Client, user_id: str) -> tuple[str, str]:
    body = rest.get(f"/v1/users/{user_id}/recommendations").raise_for_status().json()
    return body["basis"], body["history"]


@pytest.mark.parametrize("fault", [Forwarder.hang, Forwarder.stop, Forwarder.cut])
def test_answers_come_from_memory_until_it_is_back(
    rest: httpx.Client,
    forwarder: Forwarder,
    fault: Callable[[Forwarder], None],
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    wait_until(lambda: recommended(rest, "u") == ("history", "current"))

    fault(forwarder)
    wait_until(lambda: bool(rest.get("/readyz").json()["graph"] == "away"))
    for _ in range(50):
        assert recommended(rest, "u") == ("history", "remembered")
        assert recommended(rest, "z") == ("popular", "unread")
        assert rest.get("/v1/movies/a/similar").headers["marquee-graph"].startswith("away;seen=")
        assert rest.get("/v1/models").status_code == 503

    forwarder.start()
    wait_until(lambda: bool(rest.get("/readyz").json()["graph"] == "here"))
    wait_until(lambda: recommended(rest, "z") == ("history", "current"))
    assert recommended(rest, "u") == ("history", "current")
    assert "marquee-graph" not in rest.get("/v1/models").headers
