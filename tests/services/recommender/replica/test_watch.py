"""What is served follows the graph, and goes on being served when something is wrong with what is new."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import pytest

from services.recommender.replica.ratings import Ratings
from services.recommender.replica.snapshot import Serving
from services.recommender.replica.watch import Watch
from services.recommender.settings import RecommenderSettings
from shared.errors import ConflictError, UnavailableError
from shared.graph import Graph
from shared.graph.port import NodeTable
from shared.graph.sqlite import SqliteGraph
from shared.schema import GRAPH_STATE, MODEL_VERSION, SCHEMA_VERSION, NodeKind, Slot

AWAY_AFTER_SECONDS = 0.5


@pytest.fixture
def settings() -> RecommenderSettings:
    return RecommenderSettings(watch_interval_seconds=0.01, graph_away_after_seconds=AWAY_AFTER_SECONDS)


def watched(graph: Graph) -> tuple[Watch, Serving]:
    serving = Serving()
    return Watch(graph, graph, serving, Ratings(), interval_seconds=0.01, away_after_seconds=2), serving


def look_until(watch: Watch, is_so: Callable[[], bool], wait_until: Callable[[Callable[[], bool]], None]) -> None:
    def looked() -> bool:
        watch.look()
        return is_so()

    wait_until(looked)


def served(serving: Serving) -> str:
    return serving.snapshot.require_model().version.version


def test_a_version_that_can_not_be_read_leaves_the_old_one_in_service(
    movies: Graph, publish: Callable[..., None], wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    publish("v1")
    watch, serving = watched(movies)
    watch.look()
    publish("broken", Slot.B)
    movies.update_record(MODEL_VERSION, "broken", {"slot": None})
    watch.look()

    assert served(serving) == "v1"

    movies.update_record(MODEL_VERSION, "broken", {"slot": Slot.B.value})
    look_until(watch, lambda: served(serving) == "broken", wait_until)


def test_the_version_in_the_other_slot_is_read_before_the_pointer_moves_there(
    movies: Graph, publish: Callable[..., None]
) -> None:
    publish("v2", Slot.B)
    publish("v1")
    watch, serving = watched(movies)

    watch.look()
    watch.look()

    assert served(serving) == "v1"
    assert [vectors.version.version for vectors in watch.versions.in_memory] == ["v1", "v2"]


def test_the_graph_may_answer_later_than_the_recommender_starts(sqlite_graph: Graph) -> None:
    watch, serving = watched(sqlite_graph)
    with pytest.raises(UnavailableError, match="The movies have not been read"):
        _ = serving.snapshot

    watch.look()

    with pytest.raises(ConflictError, match="No model is served yet"):
        serving.snapshot.require_model()


def test_nothing_is_answered_before_it_is_known_whether_a_model_is_served(
    movies: Graph, publish: Callable[..., None]
) -> None:
    """A process that has just started would otherwise recommend popular movies, as if there were no model."""
    publish("v1")
    watch, serving = watched(movies)
    watch.pulse.look()
    watch._catalogue.follow()

    with pytest.raises(UnavailableError, match="The served model has not been read"):
        _ = serving.snapshot

    watch._model.follow()
    assert served(serving) == "v1"


@pytest.mark.slow
def test_a_served_version_that_is_damaged_for_good_does_not_keep_the_movies_back(
    movies: Graph, publish: Callable[..., None], wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    publish("damaged")
    movies.update_record(MODEL_VERSION, "damaged", {"slot": None})
    watch, serving = watched(movies)
    watch.look()
    assert not serving.is_ready

    look_until(watch, lambda: serving.is_ready, wait_until)

    assert serving.snapshot.model is None


class Prepared:
    """Passes reads on and counts preparations."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.preparations = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._graph, name)

    def prepare(self) -> None:
        self.preparations += 1
        self._graph.prepare()


@pytest.mark.parametrize(("is_there", "expected"), [(True, 0), (False, 1)])
def test_a_graph_is_prepared_where_nobody_has_done_it(sqlite_graph: Graph, *, is_there: bool, expected: int) -> None:
    if not is_there:
        sqlite_graph.delete_nodes(GRAPH_STATE, ["graph"])
    graph = Prepared(sqlite_graph)
    watch, serving = watched(graph)  # type: ignore[arg-type]  # it passes on what is used

    watch.look()
    watch.look()

    assert graph.preparations == expected
    assert serving.is_ready


def test_a_graph_of_a_later_schema_is_not_served(sqlite_graph: Graph, caplog: pytest.LogCaptureFixture) -> None:
    sqlite_graph.update_record(GRAPH_STATE, "graph", {"schemaVersion": SCHEMA_VERSION + 1})
    watch, serving = watched(sqlite_graph)

    watch.look()

    assert not serving.is_ready
    assert "was made by schema" in caplog.text


class Slow:
    """Passes calls on to a real graph, and holds those up that read movies."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.is_open = threading.Event()
        self.is_open.set()

    def __getattr__(self, name: str) -> object:
        return getattr(self._graph, name)

    def read_nodes(self, kind: NodeKind, properties: Sequence[str] = ()) -> NodeTable:
        self.is_open.wait(30)
        return self._graph.read_nodes(kind, properties)


def test_neither_requests_nor_the_pulse_wait_while_movies_are_read(
    movies: Graph,
    publish: Callable[[str], None],
    serve: Callable[[Graph], httpx.Client],
    until_served: Callable[[httpx.Client, str | None], None],
) -> None:
    publish("v1")
    graph = Slow(movies)
    rest = serve(graph)  # type: ignore[arg-type]  # it passes on what is used
    until_served(rest, "v1")
    before = rest.get("/v1/users/u/recommendations").json()
    graph.is_open.clear()
    revision = movies.bump_revision()

    time.sleep(AWAY_AFTER_SECONDS + 0.2)  # the longest time that the graph may be silent

    assert rest.get("/v1/users/u/recommendations").json() == before
    ready = rest.get("/readyz").json()
    assert (ready["graph"], ready["revision"]) == ("here", revision - 1)
    graph.is_open.set()
    while rest.get("/readyz").json()["revision"] != revision:
        pass


def test_a_start_does_not_wait_for_a_writer(movies: Graph, publish: Callable[[str], None], tmp_path: Path) -> None:
    publish("v1")
    with contextlib.closing(sqlite3.connect(tmp_path / "graph.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with SqliteGraph(tmp_path / "graph.db", timeout_seconds=30) as graph:
            watch, serving = watched(graph)
            started = time.monotonic()
            watch.look()

    assert movies.read_revision() == serving.snapshot.catalogue.revision
    assert served(serving) == "v1"
    assert time.monotonic() - started < 15
