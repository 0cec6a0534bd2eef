"""A fenced graph takes writes only as long as its fence holds, whichever store it is."""

from collections.abc import Callable

import numpy as np
import pytest

from shared.errors import LeaseLostError
from shared.graph import Graph
from shared.graph.port import Fence
from shared.schema import GRAPH_STATE, JOB, MODEL_VERSION, MOVIE, RATED, RECOMMENDED, SERVES, USER, Slot

RUNNING = {"state": "running", "fence": 1}
USERS, MOVIES = np.array(["u"], object), np.array(["m"], object)
VECTOR = np.ones((1, 8), np.float32)

WRITES: dict[str, Callable[[Graph], object]] = {
    "put nodes": lambda graph: graph.put_nodes(MOVIE, {"movieId": np.array(["new"], object)}),
    "put edges": lambda graph: graph.put_edges(RATED, USERS, MOVIES, {"rating": np.array([1.0])}),
    "delete nodes": lambda graph: graph.delete_nodes(MOVIE, ["m"]),
    "delete edges": lambda graph: graph.delete_edges(RATED, USERS, MOVIES),
    "delete edges of": lambda graph: graph.delete_edges_of(RATED, "source", ["u"]),
    "put generation": lambda graph: graph.put_generation(RECOMMENDED, "b2", USERS, MOVIES, {"rank": np.array([1])}),
    "delete generations": lambda graph: graph.delete_generations(RECOMMENDED, ["u"], but=None),
    "clear slot": lambda graph: graph.clear_slot(USER, Slot.A),
    "write slot": lambda graph: graph.write_slot(USER, Slot.A, USERS, {"embedding": 2 * VECTOR}),
    "create record": lambda graph: graph.create_record(MODEL_VERSION, {"version": "v2"}),
    "update record": lambda graph: graph.update_record(MODEL_VERSION, "v1", {"state": "ready"}),
    "move pointer": lambda graph: graph.move_pointer(SERVES, "ranking", expected=None, target="v1"),
    "bump revision": lambda graph: graph.bump_revision(),
}


@pytest.fixture
def filled(graph: Graph) -> Graph:
    """A user, a movie, a rating, a vector, a version, and a job that runs."""
    graph.put_nodes(USER, {"userId": USERS})
    graph.put_nodes(MOVIE, {"movieId": MOVIES})
    graph.put_edges(RATED, USERS, MOVIES, {"rating": np.array([5.0])})
    graph.put_generation(RECOMMENDED, "b1", USERS, MOVIES, {"rank": np.array([1])})
    graph.write_slot(USER, Slot.A, USERS, {"embedding": VECTOR})
    graph.create_record(MODEL_VERSION, {"version": "v1"})
    graph.create_record(JOB, {"jobId": "j", **RUNNING})
    return graph


def contents(graph: Graph) -> list[object]:
    """Everything that one of `WRITES` would change."""
    rated = graph.edges_from(RATED, "u", ["rating"])
    recommended = graph.edges_from(RECOMMENDED, "u", ["batchId"])
    return [
        [graph.read_nodes(kind).keys.tolist() for kind in (USER, MOVIE)],
        None if rated is None else (rated[0].tolist(), rated[1]["rating"].tolist()),
        recommended[1]["batchId"].tolist() if recommended else None,
        graph.read_slot(USER, Slot.A).columns["embedding"].tolist(),
        graph.find_records(MODEL_VERSION),
        graph.read_pointer(SERVES, "ranking"),
        graph.find_records(GRAPH_STATE),
    ]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_nothing_is_written_once_the_fence_does_not_hold(filled: Graph, write: Callable[[Graph], object]) -> None:
    fenced = filled.fenced(Fence(JOB, "j", RUNNING))
    filled.update_record(JOB, "j", {"fence": 2})
    before = contents(filled)

    with pytest.raises(LeaseLostError, match="Job j was taken over"):
        write(fenced)

    assert contents(filled) == before


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_what_is_written_inside_the_fence_is_there(filled: Graph, write: Callable[[Graph], object]) -> None:
    fenced = filled.fenced(Fence(JOB, "j", RUNNING))
    before = contents(filled)

    write(fenced)

    assert contents(filled) != before


def test_a_fence_whose_node_is_gone_does_not_hold(filled: Graph) -> None:
    fenced = filled.fenced(Fence(JOB, "j", RUNNING))
    filled.delete_nodes(JOB, ["j"])

    with pytest.raises(LeaseLostError):
        fenced.bump_revision()


def test_one_may_read_when_the_fence_does_not_hold_and_write_without_it(filled: Graph) -> None:
    fenced = filled.fenced(Fence(JOB, "j", {"state": "running", "fence": 7}))

    assert fenced.read_nodes(USER).keys.tolist() == ["u"]
    assert filled.bump_revision() == 1
