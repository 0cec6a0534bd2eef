"""Model versions in the graph: which one is served, and how that changes."""

from pathlib import Path

import numpy as np
import pytest

from shared.errors import ConflictError, NotFoundError
from shared.graph import Graph
from shared.graph.port import SlotTable
from shared.graph.sqlite import SqliteGraph
from shared.models import (
    RANKING,
    ServingParameters,
    UserForm,
    VersionState,
    activate,
    checksum,
    get_version,
    list_versions,
    parameters_json,
    read_page,
    read_report,
    read_served_vectors,
    read_vectors,
    ready_versions,
    roll_back,
    served_version,
)
from shared.schema import MODEL_VERSION, MOVIE, SERVES, EdgeKind, NodeKind, Slot


def add_version(
    graph: Graph, name: str, slot: Slot | None, state: VersionState = VersionState.READY, created_at: int = 0
) -> None:
    parameters = ServingParameters("test", UserForm.INDUCTIVE, 2, temperature=0.5, like_threshold=4.0)
    record = {
        "version": name,
        "state": state.value,
        "slot": slot.value if slot else None,
        "parameters": parameters_json(parameters),
        "metrics": '{"ndcg_at_20": 0.25}',
        "report": '{"seed": 3}',
        "createdAt": created_at,
        "movies": 2,
    }
    assert graph.create_record(MODEL_VERSION, record)


@pytest.fixture
def graph(sqlite_graph: Graph) -> Graph:
    """Two movies, and versions `a` (served) and `b` in the two slots."""
    movies = np.array(["m1", "m2"], object)
    sqlite_graph.put_nodes(MOVIE, {"movieId": movies})
    for slot in Slot:
        vectors = np.full((2, 2), 1.0 if slot is Slot.A else 2.0, np.float32)
        columns = {"embedding": vectors, "inputEmbedding": vectors, "bias": vectors[:, 0]}
        sqlite_graph.write_slot(MOVIE, slot, movies, columns)
    add_version(sqlite_graph, "a", Slot.A, created_at=1)
    add_version(sqlite_graph, "b", Slot.B, created_at=2)
    assert sqlite_graph.move_pointer(SERVES, RANKING, expected=None, target="a")
    return sqlite_graph


def test_versions_are_listed_newest_first_and_keep_their_report(graph: Graph) -> None:
    assert [version.version for version in list_versions(graph)] == ["b", "a"]
    assert list_versions(graph)[0].metrics == {"ndcg_at_20": 0.25}
    assert read_report(graph, "a") == {"seed": 3}
    with pytest.raises(NotFoundError, match="no model version 'c'"):
        read_report(graph, "c")


def test_a_version_keeps_its_report_as_a_page(graph: Graph) -> None:
    graph.update_record(MODEL_VERSION, "a", {"page": "<p>good</p>"})

    assert read_page(graph, "a") == "<p>good</p>"
    with pytest.raises(NotFoundError, match="'b' has no page"):
        read_page(graph, "b")
    with pytest.raises(NotFoundError, match="no model version 'c'"):
        read_page(graph, "c")


def test_another_version_is_served_from_its_activation_on(graph: Graph) -> None:
    assert activate(graph, "b").version == "b"

    served = read_served_vectors(graph)
    assert served is not None
    assert served.version.version == "b"
    assert served.movies.columns["bias"].tolist() == [2.0, 2.0]


def test_activating_what_is_served_changes_nothing(graph: Graph) -> None:
    assert activate(graph, "a").version == "a"


@pytest.mark.parametrize(
    ("state", "slot", "reason"),
    [
        (VersionState.REJECTED, None, "is rejected; only one that is ready can be served"),
        (VersionState.WRITING, Slot.B, "is writing; only one that is ready can be served"),
        (VersionState.READY, None, "were overwritten by a later training"),
    ],
)
def test_a_version_without_vectors_is_not_served(
    graph: Graph, state: VersionState, slot: Slot | None, reason: str
) -> None:
    add_version(graph, "c", slot, state)

    with pytest.raises(ConflictError, match=reason):
        activate(graph, "c")
    served = served_version(graph)
    assert served is not None
    assert served.version == "a"


class Racing(SqliteGraph):
    """A graph in which a training takes slot B at the very moment at which the pointer moves to it."""

    is_removed = False  # whether a clean-up then removes the version that has lost its slot

    def move_pointer(self, kind: EdgeKind, source: str, *, expected: str | None, target: str) -> bool:
        if target == "b":
            self.update_record(MODEL_VERSION, "b", {"slot": None})
        moved = super().move_pointer(kind, source, expected=expected, target=target)
        if target == "b" and self.is_removed:
            self.delete_nodes(MODEL_VERSION, ["b"])
        return moved


@pytest.mark.parametrize("is_removed", [False, True])
def test_an_activation_that_a_training_overtakes_is_taken_back(
    graph: Graph, tmp_path: Path, *, is_removed: bool
) -> None:
    with Racing(tmp_path / "graph.db", timeout_seconds=5) as racing:
        racing.is_removed = is_removed
        with pytest.raises(ConflictError, match="took the slot of 'b' while it was activated; 'a' is served again"):
            activate(racing, "b")
        served = served_version(racing)

    assert served is not None
    assert served.version == "a"
    assert graph.read_pointer(SERVES, RANKING) == "a"


def test_the_versions_that_lie_ready_in_a_slot_are_told(graph: Graph) -> None:
    add_version(graph, "rejected", None, VersionState.REJECTED)
    assert ready_versions(graph) == ("a", "b")

    graph.update_record(MODEL_VERSION, "a", {"slot": None})
    add_version(graph, "c", Slot.A, VersionState.WRITING)
    assert ready_versions(graph) == ("b",)


def test_a_version_is_read_whole_whether_or_not_it_is_served(graph: Graph) -> None:
    vectors = read_vectors(graph, get_version(graph, "b"))

    assert vectors.movies.columns["bias"].tolist() == [2.0, 2.0]
    assert vectors.users is None
    assert vectors.nbytes == 2 * (2 + 2 + 1) * 4  # two movies: two vectors of two and a bias, float32


class Overtaken(SqliteGraph):
    """A graph in which a training takes slot B while it is read."""

    def read_slot(self, kind: NodeKind, slot: Slot) -> SlotTable:
        table = super().read_slot(kind, slot)
        self.update_record(MODEL_VERSION, "b", {"slot": None})
        return table


def test_a_slot_that_is_taken_while_it_is_read_is_no_version(graph: Graph, tmp_path: Path) -> None:
    version = get_version(graph, "b")
    with Overtaken(tmp_path / "graph.db", timeout_seconds=5) as overtaken:
        with pytest.raises(ConflictError, match="'b' changed while it was read"):
            read_vectors(overtaken, version)
        with pytest.raises(ConflictError, match="were overwritten by a later training"):
            read_vectors(overtaken, get_version(graph, "b"))


class Moving(SqliteGraph):
    """A graph whose pointer moves to `b` while a slot is read."""

    def read_slot(self, kind: NodeKind, slot: Slot) -> SlotTable:
        activate(self, "b")
        return super().read_slot(kind, slot)


def test_a_pointer_that_moves_during_a_read_is_told(graph: Graph, tmp_path: Path) -> None:
    with (
        Moving(tmp_path / "graph.db", timeout_seconds=5) as moving,
        pytest.raises(ConflictError, match="changed from 'a' while it was read"),
    ):
        read_served_vectors(moving)
    assert graph.read_pointer(SERVES, RANKING) == "b"


def test_a_movie_that_was_deleted_since_is_no_fault(graph: Graph) -> None:
    graph.delete_nodes(MOVIE, ["m1"])

    served = read_served_vectors(graph)

    assert served is not None
    assert served.movies.keys.tolist() == ["m2"]


def test_without_a_version_nothing_is_served(sqlite_graph: Graph) -> None:
    assert read_served_vectors(sqlite_graph) is None


def test_a_checksum_depends_on_values_and_not_on_the_order_of_rows(graph: Graph) -> None:
    table = graph.read_slot(MOVIE, Slot.A)
    turned = type(table)(table.keys[::-1], {name: column[::-1] for name, column in table.columns.items()})
    other = graph.read_slot(MOVIE, Slot.B)

    assert checksum({MOVIE: table}) == checksum({MOVIE: turned})
    assert checksum({MOVIE: table}) != checksum({MOVIE: other})


def test_rolling_back_serves_what_was_served_before_and_twice_changes_nothing(graph: Graph) -> None:
    activate(graph, "b")

    assert roll_back(graph).version == "a"
    assert graph.read_pointer(SERVES, RANKING) == "a"
    assert roll_back(graph).version == "b"


def test_rolling_back_to_what_is_not_known_or_gone_is_refused_with_what_to_do(graph: Graph) -> None:
    with pytest.raises(ConflictError, match="not known which ranking version was served before"):
        roll_back(graph)
    activate(graph, "b")
    graph.update_record(MODEL_VERSION, "a", {"slot": None})
    with pytest.raises(ConflictError, match="'a' were overwritten by a later training"):
        roll_back(graph)
    graph.delete_nodes(MODEL_VERSION, ["a"])
    with pytest.raises(ConflictError, match="'a', which was served before, was removed by a clean-up"):
        roll_back(graph)

    assert graph.read_pointer(SERVES, RANKING) == "b"
