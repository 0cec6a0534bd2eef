"""A small graph whose recommendations are known by hand, and the application over it.

| movie | output = input vector | bias | ratings |
| --- | --- | --- | --- |
| a Alien | (1, 0) | 0 | 1 |
| b Blade Runner | (.8, .6) | 0 | 2 |
| c Casablanca | (0, 1) | 0 | 3 |
| d Amélie | (.6, .8) | .5 | 0 |
| e Dr. No | (-1, 0) | 0 | 1 |
| f Paths of Glory | none: it came after the training | | 0 |

The temperature is .5. User u liked a alone, so their vector is (1, 0) and the scores are d 1.7, b 1.6, c 0, e -2.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from services.recommender.settings import RecommenderSettings
from services.recommender.web import create_app
from shared.graph import Graph
from shared.graph.port import Array
from shared.jobs import JobKind, Sender
from shared.models import RANKING, ServingParameters, UserForm, VersionState, parameters_json
from shared.schema import (
    ACTED_IN,
    DIRECTED,
    GENRE,
    IN_GENRE,
    MODEL_VERSION,
    MOVIE,
    PERSON,
    RATED,
    SERVES,
    USER,
    Slot,
)

VECTORS = np.array([[1, 0], [0.8, 0.6], [0, 1], [0.6, 0.8], [-1, 0]], np.float32)
BIAS = np.array([0, 0, 0, 0.5, 0], np.float32)
RATINGS = [
    ("u", "a", 5.0),
    ("x", "c", 5.0),
    ("x", "b", 4.0),
    ("x", "e", 1.0),
    ("neutral", "c", 3.0),
    ("z", "c", 5.0),
    ("z", "b", 4.5),
]


def strings(values: str | list[str]) -> Array:
    return np.array(list(values), object)


def fill(graph: Graph) -> None:
    """Write the movies, people and ratings of the table above."""
    titles = ["Alien", "Blade Runner", "Casablanca", "Amélie", "Dr. No", "Paths of Glory"]
    columns: dict[str, Array] = {
        "movieId": strings("abcdef"),
        "title": strings(titles),
        "year": np.array([1979, 1982, 1942, 2001, 1962, 1957]),
        "imdbId": np.array(["0078748", None, None, None, None, None], object),
    }
    graph.put_nodes(MOVIE, columns)
    graph.put_nodes(GENRE, {"name": strings(["Sci-Fi", "Horror"])})
    graph.put_edges(IN_GENRE, strings("aab"), strings(["Sci-Fi", "Horror", "Sci-Fi"]), {})
    people = ["Ridley Scott", "Tom Skerritt", "Sigourney Weaver"]
    graph.put_nodes(PERSON, {"personId": strings("rts"), "name": strings(people)})
    graph.put_edges(DIRECTED, strings("rr"), strings("ab"), {})
    graph.put_edges(ACTED_IN, strings("ts"), strings("aa"), {"order": np.array([1, 0])})
    users, rated, ratings = zip(*RATINGS, strict=True)
    graph.put_nodes(USER, {"userId": strings([*set(users), "silent"])})
    times = {"rating": np.array(ratings), "ratedAt": np.arange(len(ratings))}
    graph.put_edges(RATED, strings(list(users)), strings(list(rated)), times)
    graph.bump_revision()


class Clock:
    """Stands until a test moves it."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def movies(sqlite_graph: Graph) -> Graph:
    """Movies, people and ratings, and no model."""
    fill(sqlite_graph)
    return sqlite_graph


@pytest.fixture
def neo4j_movies(neo4j_graph: Graph) -> Graph:
    """The same in a real Neo4j."""
    fill(neo4j_graph)
    return neo4j_graph


class Publish(Protocol):
    """Writes a version into a slot and lets the pointer name it."""

    def __call__(
        self, version: str, slot: Slot = ..., outputs: Array = ..., *, users: Mapping[str, Sequence[float]] | None = ...
    ) -> None: ...


@pytest.fixture
def publish(movies: Graph) -> Publish:
    def write(
        version: str,
        slot: Slot = Slot.A,
        outputs: Array = VECTORS,
        *,
        users: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        keys = strings("abcde")
        columns = {"embedding": outputs, "inputEmbedding": VECTORS, "bias": BIAS}
        movies.clear_slot(MOVIE, slot)
        movies.write_slot(MOVIE, slot, keys, columns)
        if users:
            movies.write_slot(USER, slot, strings(list(users)), {"embedding": np.array([*users.values()], np.float32)})
        form = UserForm.INDUCTIVE if users is None else UserForm.ID
        parameters = ServingParameters("test", form, 2, temperature=0.5, like_threshold=4.0, dislike_weight=0.5)
        record = {
            "version": version,
            "state": VersionState.READY.value,
            "slot": slot.value,
            "parameters": parameters_json(parameters),
            "metrics": '{"ndcg_at_20": 0.5}',
            "report": '{"seed": 7}',
            "createdAt": movies.now(),
            "movies": len(keys),
            "users": len(users or ()),
            "width": 2,
        }
        assert movies.create_record(MODEL_VERSION, record)
        before = movies.read_pointer(SERVES, RANKING)
        assert movies.move_pointer(SERVES, RANKING, expected=before, target=version)

    return write


@pytest.fixture
def sent() -> list[tuple[JobKind, str]]:
    """What was put on the queue."""
    return []


@pytest.fixture
def send(sent: list[tuple[JobKind, str]]) -> Sender:
    return lambda kind, job_id: sent.append((kind, job_id))


@pytest.fixture
def settings() -> RecommenderSettings:
    return RecommenderSettings(watch_interval_seconds=0.01, max_body_bytes=20_000)


class InLoop(httpx.BaseTransport):
    """Hands requests to an application in one event loop, so that tests need not be asynchronous."""

    def __init__(self, app: FastAPI, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._loop.run_until_complete(self._handle(request))

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        answer = await self._transport.handle_async_request(request)
        raw = b"".join([part async for part in answer.aiter_raw()])  # compressed still, as the headers say
        return httpx.Response(answer.status_code, headers=answer.headers, content=raw)


@contextlib.contextmanager
def _client_of(app: FastAPI) -> Iterator[httpx.Client]:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        lifespan = app.router.lifespan_context(app)
        loop.run_until_complete(lifespan.__aenter__())
        try:
            with httpx.Client(transport=InLoop(app, loop), base_url="http://test") as client:
                yield client
        finally:
            loop.run_until_complete(lifespan.__aexit__(None, None, None))


@pytest.fixture
def client_of() -> Callable[[FastAPI], contextlib.AbstractContextManager[httpx.Client]]:
    """A client of an application, which runs as long as the context lasts."""
    return _client_of


@pytest.fixture
def serve(send: Sender, settings: RecommenderSettings) -> Iterator[Callable[[Graph], httpx.Client]]:
    """A client of the application over a graph, which need not be ready yet."""
    with contextlib.ExitStack() as clients:
        yield lambda graph: clients.enter_context(_client_of(create_app(graph, send, settings)))


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Waits for a condition, at most half a minute."""

    def wait(is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not is_so():
            assert time.monotonic() < deadline, "it has not come about"
            time.sleep(0.01)

    return wait


@pytest.fixture
def until_served() -> Callable[[httpx.Client, str | None], None]:
    """Waits until a version, or the catalogue without one, is in service."""

    def wait(rest: httpx.Client, version: str | None) -> None:
        deadline = time.monotonic() + 10
        expected = {"version": version} if version else None
        while (answer := rest.get("/readyz")).status_code != 200 or answer.json()["model"] != expected:
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.01)

    return wait


@pytest.fixture
def rest(
    movies: Graph,
    publish: Publish,
    serve: Callable[[Graph], httpx.Client],
    until_served: Callable[[httpx.Client, str | None], None],
) -> httpx.Client:
    """A client of the application with version v1 in service."""
    publish("v1")
    client = serve(movies)
    until_served(client, "v1")
    return client
