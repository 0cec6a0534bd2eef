"""While the graph is away the recommender answers from memory, and refuses what only the graph knows."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import pytest

from services.recommender.settings import RecommenderSettings
from shared.errors import UnavailableError
from shared.graph import Graph
from shared.graph.port import Array, Columns, Record
from shared.graph.sqlite import SqliteGraph
from shared.schema import EdgeKind, NodeKind


class Breakable(SqliteGraph):
    """A real graph that can go away."""

    is_away = False

    def _answer(self) -> None:
        if self.is_away:
            raise UnavailableError("The graph does not answer.")

    def edges_from(self, kind: EdgeKind, source: str, properties: Sequence[str] = ()) -> tuple[Array, Columns] | None:
        self._answer()
        return super().edges_from(kind, source, properties)

    def find_records(
        self, kind: NodeKind, where: Record | None = None, *, newest_by: str | None = None, limit: int = 1_000
    ) -> list[Record]:
        self._answer()
        return super().find_records(kind, where, newest_by=newest_by, limit=limit)

    def read_pointer(self, kind: EdgeKind, source: str) -> str | None:
        self._answer()
        return super().read_pointer(kind, source)

    def read_revision(self) -> int:
        self._answer()
        return super().read_revision()


@pytest.fixture
def settings() -> RecommenderSettings:
    return RecommenderSettings(watch_interval_seconds=0.01, history_ttl_seconds=0)


def test_what_is_in_memory_is_answered_and_the_rest_is_refused_until_the_graph_is_back(
    publish: Callable[..., None],
    serve: Callable[[Graph], httpx.Client],
    until_served: Callable[[httpx.Client, str | None], None],
    tmp_path: Path,
) -> None:
    publish("v1")
    with Breakable(tmp_path / "graph.db", timeout_seconds=1) as graph:
        rest = serve(graph)
        until_served(rest, "v1")
        before = rest.get("/v1/users/u/recommendations").json()
        graph.is_away = True
        time.sleep(0.05)

        assert rest.get("/v1/users/u/recommendations").json() == before
        assert rest.post("/v1/recommendations", json={"likes": ["a"]}).json()["items"] == before["items"]
        assert rest.get("/v1/movies/a/similar").status_code == 200
        assert rest.get("/readyz").json()["graphSeenSecondsAgo"] > 0.03
        for path in ("/v1/users/z/recommendations", "/v1/jobs", "/v1/models"):
            refused = rest.get(path)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1"), path
            assert refused.json()["detail"] == "The graph does not answer."

        graph.is_away = False
        assert rest.get("/v1/users/z/recommendations").json()["basis"] == "history"
