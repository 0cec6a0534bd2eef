"""Three real recommenders on one graph: each counts what another took within a second, and a kill loses nothing."""

import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from shared.graph import Graph
from shared.local.neo4j import RunningNeo4j
from shared.local.process import Process, free_port, running
from shared.schema import VIEWED
from tests.services.recommender.conftest import Publish, fill

REPLICAS = 3
START_SECONDS = 120
PROMISED_SECONDS = 1.0


@dataclass(frozen=True)
class Store:
    """A filled graph, and the settings of those who use it."""

    graph: Graph
    environment: dict[str, str]


@pytest.fixture(params=["sqlite", pytest.param("neo4j", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    graph: Graph = request.getfixturevalue(f"{request.param}_graph")
    fill(graph)
    if request.param == "sqlite":
        return Store(graph, {"MARQUEE_GRAPH_URL": f"sqlite:{tmp_path / 'graph.db'}"})
    server: RunningNeo4j = request.getfixturevalue("neo4j_server")
    return Store(
        graph,
        {
            "MARQUEE_GRAPH_URL": server.url,
            "MARQUEE_GRAPH_USER": server.user,
            "MARQUEE_GRAPH_PASSWORD": server.password,
        },
    )


@pytest.fixture
def movies(store: Store) -> Graph:
    """What `publish` writes into."""
    return store.graph


@dataclass(frozen=True)
class Replica:
    """A recommender's process, and a client of it."""

    process: Process
    rest: httpx.Client

    def is_ready(self) -> bool:
        try:
            return self.rest.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def recommended(self, user: str) -> list[str]:
        body = self.rest.get(f"/v1/users/{user}/recommendations").raise_for_status().json()
        assert (body["history"], body["model"]) == ("current", {"version": "v1"})
        return [movie["movieId"] for movie in body["items"]]

    def wait_for(self, user: str, expected: list[str]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while sorted(self.recommended(user)) != sorted(expected):
            assert time.monotonic() < deadline, "it has not come about"

    def warm_up(self) -> None:
        """The first of everything takes longer: in a busy Neo4j an event may be refused, and is said again."""
        deadline = time.monotonic() + START_SECONDS
        while (answer := self._post("view", "x", "a")).status_code == 503:
            assert time.monotonic() < deadline, "no event is taken"
        assert answer.raise_for_status().json()["accepted"] == 1
        self.recommended("x")

    def say(self, type_: str, user: str, movie: str, **more: object) -> None:
        assert self._post(type_, user, movie, **more).raise_for_status().json()["accepted"] == 1

    def _post(self, type_: str, user: str, movie: str, **more: object) -> httpx.Response:
        return self.rest.post("/v1/events", json={"type": type_, "userId": user, "movieId": movie, **more})


@pytest.fixture
def replicas(store: Store, publish: Publish, tmp_path: Path) -> Iterator[list[Replica]]:
    publish("v1")
    with ExitStack() as parts:
        found = []
        for number in range(REPLICAS):
            port = free_port()
            environment = {
                **store.environment,
                "MARQUEE_PORT": str(port),
                "MARQUEE_REDIS_URL": "redis://127.0.0.1:1/0",
                # A machine that is busy with other tests is slow, and this is about what is current.
                "MARQUEE_GRAPH_AWAY_AFTER_SECONDS": "30",
                "MARQUEE_HISTORY_WAIT_SECONDS": "30",
                "MARQUEE_GRAPH_WAIT_SECONDS": "30",
            }
            command = [sys.executable, "-m", "shared.cli", "recommender"]
            log = tmp_path / f"{number}.log"
            process = parts.enter_context(running(f"recommender {number}", command, log=log, env=environment))
            client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30)
            found.append(Replica(process, parts.enter_context(client)))
        for replica in found:
            replica.process.wait_until(replica.is_ready, timeout_seconds=START_SECONDS)
        yield found


def test_events_count_at_once_where_they_came_in_and_everywhere_within_a_second(
    replicas: list[Replica], store: Store
) -> None:
    for replica in replicas:
        assert replica.recommended("u") == ["d", "b", "c", "e"]
    steps = [
        ("hide", "b", False, ["d", "c", "e"]),
        ("view", "d", False, ["c", "e"]),
        ("hide", "b", True, ["b", "c", "e"]),
        ("dislike", "e", False, ["b", "c"]),
        ("watchlist", "c", False, ["b", "c"]),
        ("view", "d", True, ["d", "b", "c"]),
    ]

    taken: list[float] = []
    for replica in replicas * 2:
        replica.warm_up()

    for turn, (type_, movie, undo, expected) in enumerate(steps):
        taker = replicas[turn % REPLICAS]
        taker.say(type_, "u", movie, undo=undo)
        acknowledged = time.monotonic()
        assert sorted(taker.recommended("u")) == sorted(expected)
        for other in replicas:
            other.wait_for("u", expected)
        taken.append(time.monotonic() - acknowledged)
    # In all three together. The median, because a machine that is busy with other tests may stand still for a second.
    assert statistics.median(taken) < PROMISED_SECONDS, taken

    _kill_while_it_writes(replicas[-1], store.graph)
    replicas[0].say("hide", "u", "d")
    assert "d" not in replicas[0].recommended("u"), "the others go on"


def _kill_while_it_writes(replica: Replica, graph: Graph) -> None:
    """What was acknowledged before `kill -9` is in the graph."""
    acknowledged: list[str] = []
    enough = threading.Event()

    def write(number: int) -> None:
        with httpx.Client(base_url=replica.rest.base_url, trust_env=False, timeout=30) as rest:
            for turn in range(100_000):
                user = f"{number}-{turn}"
                event = {"type": "view", "userId": user, "movieId": "abcdef"[turn % 6]}
                try:
                    answer = rest.post("/v1/events", json=event)
                except httpx.TransportError:
                    return
                assert answer.status_code == 200, answer.text
                acknowledged.append(user)
                if len(acknowledged) >= 100:
                    enough.set()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    assert enough.wait(60)
    replica.process.kill()
    for writer in writers:
        writer.join(30)

    missing = [user for user in acknowledged if not len((graph.edges_from(VIEWED, user) or ([],))[0])]
    assert not missing, f"{len(missing)} of {len(acknowledged)} are missing"
