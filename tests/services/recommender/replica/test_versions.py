"""Both slots in memory: each version whole, for as long as its slot is its own; the same on either store."""

import threading
from collections.abc import Callable

import numpy as np
import pytest

from services.recommender.replica.versions import Versions
from shared.errors import ConflictError, NotFoundError
from shared.graph import Graph
from shared.graph.port import Array, SlotTable
from shared.models import ServedVectors, ServingParameters, UserForm, VersionState, parameters_json, ready_versions
from shared.schema import MODEL_VERSION, MOVIE, USER, NodeKind, Slot

MOVIES = np.array(["m1", "m2"], object)
USERS = np.array(["u1"], object)


class Reading:
    """Passes calls on to a real graph, counts what is read of the slots, and does something in the middle of a read."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.reads: list[tuple[str, Slot]] = []
        self.in_the_middle: Callable[[], None] = lambda: None

    def __getattr__(self, name: str) -> object:
        return getattr(self._graph, name)

    def read_slot(self, kind: NodeKind, slot: Slot) -> SlotTable:
        self.reads.append((kind.label, slot))
        table = self._graph.read_slot(kind, slot)
        self.in_the_middle()
        return table


@pytest.fixture
def store(graph: Graph) -> Graph:
    """Two movies and a user in a real store, without a version."""
    graph.put_nodes(MOVIE, {"movieId": MOVIES})
    graph.put_nodes(USER, {"userId": USERS})
    return graph


@pytest.fixture
def reading(store: Graph) -> Reading:
    return Reading(store)


@pytest.fixture
def versions(reading: Reading) -> Versions:
    return Versions(reading)  # type: ignore[arg-type]  # it passes on what is used


def take(graph: Graph, slot: Slot) -> None:
    """Take a slot from the version that has it, and empty it, as a training does."""
    for record in graph.find_records(MODEL_VERSION, {"slot": slot.value}):
        graph.update_record(MODEL_VERSION, record["version"], {"slot": None})
    for kind in (MOVIE, USER):
        graph.clear_slot(kind, slot)


def write(graph: Graph, name: str, slot: Slot, value: float, form: UserForm = UserForm.INDUCTIVE) -> None:
    """Publish a version all of whose numbers are `value`, but for the pointer."""
    take(graph, slot)
    parameters = ServingParameters("test", form, 2, temperature=0.5, like_threshold=4.0)
    record = {
        "version": name,
        "state": VersionState.WRITING.value,
        "slot": slot.value,
        "parameters": parameters_json(parameters),
        "metrics": "{}",
        "createdAt": 0,
    }
    assert graph.create_record(MODEL_VERSION, record)
    vectors: Array = np.full((2, 2), value, np.float32)
    graph.write_slot(
        MOVIE, slot, MOVIES, {"embedding": vectors, "inputEmbedding": vectors, "bias": np.full(2, value, np.float32)}
    )
    graph.write_slot(USER, slot, USERS, {"embedding": np.full((1, 2), value, np.float32)})
    assert graph.update_record(MODEL_VERSION, name, {"state": VersionState.READY.value, "checksum": name})


def value_of(vectors: ServedVectors) -> float:
    """The one number that all of a version's vectors hold."""
    values = {float(value) for column in vectors.movies.columns.values() for value in column.ravel()}
    assert len(values) == 1, values
    return values.pop()


def names(versions: Versions) -> list[str]:
    return sorted(vectors.version.version for vectors in versions.in_memory)


def test_what_was_read_beforehand_is_not_read_again(store: Graph, versions: Versions, reading: Reading) -> None:
    write(store, "one", Slot.A, 1)
    write(store, "two", Slot.B, 2)

    versions.mirror(ready_versions(store))
    assert reading.reads == [("Movie", Slot.A), ("Movie", Slot.B)]

    assert [value_of(versions.get(name)) for name in ("two", "one", "two")] == [2, 1, 2]
    assert len(reading.reads) == 2


def test_a_version_that_was_not_read_beforehand_is_read_when_it_is_wanted(store: Graph, versions: Versions) -> None:
    write(store, "one", Slot.A, 1)

    assert value_of(versions.get("one")) == 1
    assert names(versions) == ["one"]


@pytest.mark.parametrize(("form", "expected"), [(UserForm.INDUCTIVE, None), (UserForm.ID, ["u1"])])
def test_users_are_read_only_where_the_version_knows_them_by_id(
    store: Graph, versions: Versions, form: UserForm, expected: list[str] | None
) -> None:
    write(store, "one", Slot.A, 1, form)

    users = versions.get("one").users

    assert (users.keys.tolist() if users else None) == expected


def test_a_version_that_is_being_written_is_neither_read_nor_served(store: Graph, versions: Versions) -> None:
    write(store, "one", Slot.A, 1)
    store.update_record(MODEL_VERSION, "one", {"state": VersionState.WRITING.value})

    versions.mirror(ready_versions(store))

    assert names(versions) == []
    with pytest.raises(ConflictError, match="is writing; only one that is ready"):
        versions.get("one")


def test_a_version_whose_slot_was_taken_is_not_served_from_memory(
    store: Graph, versions: Versions, reading: Reading
) -> None:
    write(store, "one", Slot.A, 1)
    versions.get("one")
    take(store, Slot.A)

    with pytest.raises(ConflictError, match="were overwritten by a later training"):
        versions.get("one")
    assert len(reading.reads) == 1


def test_what_is_no_longer_ready_is_forgotten(store: Graph, versions: Versions) -> None:
    write(store, "one", Slot.A, 1)
    write(store, "two", Slot.B, 2)
    versions.mirror(ready_versions(store))
    take(store, Slot.B)

    versions.mirror(ready_versions(store))

    assert names(versions) == ["one"]


def test_a_version_takes_the_place_of_the_one_whose_slot_it_took(store: Graph, versions: Versions) -> None:
    write(store, "one", Slot.A, 1)
    write(store, "two", Slot.B, 2)
    versions.mirror(ready_versions(store))

    write(store, "three", Slot.A, 3)
    versions.mirror(ready_versions(store))

    assert names(versions) == ["three", "two"]
    assert value_of(versions.get("three")) == 3


def test_a_version_made_anew_under_its_name_is_read_anew(store: Graph, versions: Versions) -> None:
    write(store, "one", Slot.A, 1)
    versions.get("one")
    store.delete_nodes(MODEL_VERSION, ["one"])
    write(store, "one", Slot.A, 1.5)
    store.update_record(MODEL_VERSION, "one", {"checksum": "another"})

    assert value_of(versions.get("one")) == 1.5


def test_a_slot_that_is_taken_while_it_is_read_gives_nothing(
    store: Graph, versions: Versions, reading: Reading
) -> None:
    """Half of the old version and half of the new one would be neither."""
    write(store, "one", Slot.A, 1)
    reading.in_the_middle = lambda: write(store, "two", Slot.A, 2)

    with pytest.raises(ConflictError, match="'one' changed while it was read"):
        versions.mirror(["one"])

    reading.in_the_middle = lambda: None
    assert names(versions) == []
    versions.mirror(ready_versions(store))
    assert value_of(versions.get("two")) == 2


def test_a_version_that_is_taken_away_while_it_is_read_gives_nothing(
    store: Graph, versions: Versions, reading: Reading
) -> None:
    write(store, "one", Slot.A, 1)
    reading.in_the_middle = lambda: bool(store.delete_nodes(MODEL_VERSION, ["one"]))  # type: ignore[assignment]

    with pytest.raises(ConflictError, match="changed while it was read"):
        versions.get("one")
    with pytest.raises(NotFoundError, match="no model version 'one'"):
        versions.get("one")


def test_who_wants_a_version_that_is_being_read_waits_for_it_and_does_not_read_it_too(
    store: Graph, versions: Versions, reading: Reading
) -> None:
    write(store, "one", Slot.A, 1)
    is_reading, may_go_on = threading.Event(), threading.Event()

    def hold() -> None:
        is_reading.set()
        may_go_on.wait(10)

    reading.in_the_middle = hold
    first = threading.Thread(target=versions.mirror, args=(["one"],))
    first.start()
    is_reading.wait(10)
    wanted: list[ServedVectors] = []
    second = threading.Thread(target=lambda: wanted.append(versions.get("one")))
    second.start()
    may_go_on.set()
    for thread in (first, second):
        thread.join(10)

    assert value_of(wanted[0]) == 1
    assert len(reading.reads) == 1


def test_one_slot_is_not_waited_for_while_the_other_is_read(store: Graph, versions: Versions, reading: Reading) -> None:
    """The pointer may move to what is in memory while what comes next is read."""
    write(store, "one", Slot.A, 1)
    write(store, "two", Slot.B, 2)
    versions.get("one")
    is_reading, may_go_on = threading.Event(), threading.Event()

    def hold() -> None:
        is_reading.set()
        may_go_on.wait(10)

    reading.in_the_middle = hold
    reader = threading.Thread(target=versions.mirror, args=(["one", "two"],))
    reader.start()
    assert is_reading.wait(10)

    assert value_of(versions.get("one")) == 1

    may_go_on.set()
    reader.join(10)
    assert names(versions) == ["one", "two"]
