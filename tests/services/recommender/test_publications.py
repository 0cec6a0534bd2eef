"""Real publications and activations in turn, under the eyes of a recommender that keeps both slots in memory."""

import dataclasses
import threading
from collections.abc import Callable

import numpy as np
import pytest

from services.recommender.replica.ratings import Ratings
from services.recommender.replica.snapshot import Serving
from services.recommender.replica.watch import Watch
from services.trainer.publish import Draft, publish, version_name
from shared.errors import ConflictError
from shared.graph import Graph
from shared.graph.port import Array, Columns
from shared.job_records import Jobs
from shared.jobs import TrainRequest
from shared.models import ServedVectors, ServingParameters, UserForm, activate, served_version
from shared.schema import MOVIE, USER, NodeKind

pytestmark = pytest.mark.slow

PUBLICATIONS = 6
MOVIES = np.array([f"m{number}" for number in range(300)], object)
USERS = np.array([f"u{number}" for number in range(300)], object)


def rows(value: float) -> dict[NodeKind, tuple[Array, Columns]]:
    """All of a version's numbers are the same, so a mixture shows."""
    vectors = np.full((300, 4), value, np.float32)
    of_movies = {"embedding": vectors, "inputEmbedding": vectors, "bias": vectors[:, 0]}
    return {MOVIE: (MOVIES, of_movies), USER: (USERS, {"embedding": vectors})}


class Trainer(threading.Thread):
    """Publishes versions in turn, and after every second one goes back to the version before."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(daemon=True)
        self._graph = graph
        self.values: dict[str, float] = {}
        self.errors: list[Exception] = []

    def run(self) -> None:
        """Publish all."""
        try:
            for number in range(1, PUBLICATIONS + 1):
                self.publish(number)
        except Exception as error:  # noqa: BLE001 - told by the test
            self.errors.append(error)

    def publish(self, number: int) -> None:
        """Publish one."""
        before = served_version(self._graph)
        asked, _ = Jobs(self._graph).ask(TrainRequest(), lambda *_: None)
        job = dataclasses.replace(asked, job_id=f"job{number}", created_at=number * 1_000)
        form = UserForm.ID if number % 2 else UserForm.INDUCTIVE
        draft = Draft(version_name(job), job, ServingParameters("test", form, 4, 0.2, 4.0), {}, {})
        self.values[draft.version] = float(number)
        publish(self._graph, draft, rows(float(number)), lambda _stage, _done: None)
        if before is not None and number % 2:
            activate(self._graph, before.version)


@pytest.fixture
def store(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Graph:
    """A real store with movies and users, whose slots are looked at each time."""
    monkeypatch.setattr("services.recommender.replica.watch._SLOTS_EVERY_SECONDS", 0)
    graph.put_nodes(MOVIE, {"movieId": MOVIES})
    graph.put_nodes(USER, {"userId": USERS})
    return graph


def watched(graph: Graph) -> tuple[Watch, Serving]:
    serving = Serving()
    return Watch(graph, graph, serving, Ratings(), interval_seconds=0.01, away_after_seconds=60), serving


def numbers(vectors: ServedVectors) -> set[float]:
    """Every number that a version's vectors hold."""
    tables = [vectors.movies, *([vectors.users] if vectors.users else [])]
    return {float(number) for table in tables for column in table.columns.values() for number in np.unique(column)}


def test_every_version_that_is_served_is_whole(store: Graph, wait_until: Callable[[Callable[[], bool]], None]) -> None:
    trainer = Trainer(store)
    watch, serving = watched(store)
    seen: set[str] = set()
    trainer.start()
    while trainer.is_alive():
        watch.look()
        if serving.is_ready and (model := serving.snapshot.model) is not None:
            seen.add(model.version.version)
            assert set(np.unique(model.vectors.outputs).tolist()) == {trainer.values[model.version.version]}
        for vectors in watch.versions.in_memory:
            assert numbers(vectors) == {trainer.values[vectors.version.version]}

    assert trainer.errors == []
    assert len(seen) >= 2
    last = served_version(store)

    def is_served() -> bool:
        watch.look()
        return serving.snapshot.require_model().version == last

    wait_until(is_served)


def test_a_version_whose_slot_was_taken_can_not_be_served_again_and_the_present_one_goes_on(store: Graph) -> None:
    trainer = Trainer(store)
    watch, serving = watched(store)
    for number in (2, 4, 6):
        trainer.publish(number)
        watch.look()
        watch.look()
    first, _, last = trainer.values

    with pytest.raises(ConflictError, match="were overwritten by a later training"):
        activate(store, first)
    watch.look()

    assert serving.snapshot.require_model().version.version == last
