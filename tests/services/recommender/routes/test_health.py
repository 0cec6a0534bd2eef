"""Health and readiness."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
from fastapi import FastAPI

from services.recommender.settings import RecommenderSettings
from services.recommender.web import create_app
from shared.errors import UnavailableError
from shared.graph import Graph
from shared.graph.sqlite import SqliteGraph
from shared.jobs import Sender


def test_a_served_version_is_told_with_the_sizes_of_what_is_in_memory(rest: httpx.Client, movies: Graph) -> None:
    ready = rest.get("/readyz").json()

    assert (ready["status"], ready["model"]) == ("ready", {"version": "v1"})
    assert (ready["movies"], ready["scoredMovies"]) == (6, 5)
    assert ready["revision"] == movies.read_revision()
    assert (ready["graph"], ready["versionsInMemory"]) == ("here", ["v1"])
    assert ready["vectorsBytes"] == 5 * (2 + 2 + 1) * 4  # five movies: two vectors of two and a bias, float32
    assert 20_000_000 < ready["memoryBytes"] < 4_000_000_000
    assert 0 <= ready["graphSeenSecondsAgo"] < 2
    assert 0 <= ready["ageSeconds"] < 5


def test_a_process_that_is_about_to_end_is_not_ready_and_answers(
    movies: Graph,
    send: Sender,
    settings: RecommenderSettings,
    client_of: Callable[[FastAPI], AbstractContextManager[httpx.Client]],
    until_served: Callable[[httpx.Client, str | None], None],
) -> None:
    app = create_app(movies, send, settings)
    with client_of(app) as rest:
        until_served(rest, None)
        app.state.context.is_ending.set()
        ready = rest.get("/readyz")

        assert (ready.status_code, ready.json()["detail"]) == (503, "This process is about to end. Ask another.")
        assert rest.get("/v1/users/u/recommendations").status_code == 200


def test_without_a_model_it_is_ready_and_says_so(
    movies: Graph, serve: Callable[[Graph], httpx.Client], until_served: Callable[[httpx.Client, str | None], None]
) -> None:
    rest = serve(movies)
    until_served(rest, None)

    assert rest.get("/readyz").json()["scoredMovies"] == 0


class Away(SqliteGraph):
    """A graph that does not answer."""

    def prepare(self) -> None:
        raise UnavailableError("The graph does not answer.")


def test_while_the_graph_is_away_it_lives_and_is_not_ready(
    tmp_path: Path, serve: Callable[[Graph], httpx.Client]
) -> None:
    with Away(tmp_path / "away.db", timeout_seconds=1) as graph:
        rest = serve(graph)

        assert rest.get("/healthz").json() == {"status": "ok"}
        for answer in (rest.get("/readyz"), rest.get("/v1/users/u/recommendations"), rest.get("/v1/movies")):
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert "not been read" in answer.json()["detail"]


def test_nothing_is_read_or_started_before_the_application_starts(
    sqlite_graph: Graph, send: Sender, settings: RecommenderSettings
) -> None:
    before = threading.active_count()
    create_app(sqlite_graph, send, settings)

    assert threading.active_count() == before
