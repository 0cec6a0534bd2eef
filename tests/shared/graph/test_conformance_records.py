"""What every store does with single nodes, pointers and the revision, also when several change them at once."""

import pytest

from shared.errors import InvalidInputError
from shared.graph import Graph, UnknownEndpointsError
from shared.schema import JOB, MODEL_VERSION, SERVED_MODEL, SERVES
from tests.shared.graph.racing import race

RACERS = 16


def test_a_record_comes_out_as_it_went_in(graph: Graph) -> None:
    written = {"jobId": "j", "kind": "train", "fence": 3, "progress": 0.25, "cancelRequested": True, "error": "é🎬"}

    assert graph.create_record(JOB, written) is True

    record = graph.read_record(JOB, "j")
    assert record is not None
    assert {name: record[name] for name in written} == written
    assert record["cancelRequested"] is True
    assert record["stage"] is None
    assert set(record) == {JOB.key, *(p.name for p in JOB.properties)}
    assert graph.read_record(JOB, "another") is None


def test_a_record_that_exists_is_not_created_again(graph: Graph) -> None:
    graph.create_record(JOB, {"jobId": "j", "kind": "train"})

    assert graph.create_record(JOB, {"jobId": "j", "kind": "ingest", "stage": "x"}) is False

    record = graph.read_record(JOB, "j")
    assert record is not None
    assert (record["kind"], record["stage"]) == ("train", None)


def test_a_record_needs_an_id(graph: Graph) -> None:
    with pytest.raises(InvalidInputError, match="control character"):
        graph.create_record(JOB, {"jobId": "a\tb"})


def test_what_the_schema_does_not_declare_is_refused(graph: Graph) -> None:
    with pytest.raises(KeyError, match="Job has no property 'colour'"):
        graph.create_record(JOB, {"jobId": "j", "colour": "red"})
    with pytest.raises(KeyError, match="Job has no property"):
        graph.find_records(JOB, {"x} RETURN 1 //": 1})
    with pytest.raises(KeyError, match="Job has no property"):
        graph.update_record(JOB, "j", {'"; DROP TABLE Job; --': 1})


def test_records_are_found_by_what_they_hold_newest_first(graph: Graph) -> None:
    for job, state, created in (("a", "queued", 1), ("b", "failed", 2), ("c", "queued", 3), ("d", "queued", None)):
        graph.create_record(JOB, {"jobId": job, "state": state, "createdAt": created})

    def found(limit: int = 10) -> list[str]:
        return [r["jobId"] for r in graph.find_records(JOB, {"state": "queued"}, newest_by="createdAt", limit=limit)]

    assert found() == ["c", "a", "d"]
    assert found(limit=1) == ["c"]
    assert [r["jobId"] for r in graph.find_records(JOB)] == ["a", "b", "c", "d"]
    assert [r["jobId"] for r in graph.find_records(JOB, {"createdAt": None})] == ["d"]
    assert graph.find_records(JOB, {"state": "queued", "createdAt": 2}) == []


def test_equally_new_records_are_ordered_by_key(graph: Graph) -> None:
    for job in ("b", "c", "a"):
        graph.create_record(JOB, {"jobId": job, "createdAt": 5})

    assert [r["jobId"] for r in graph.find_records(JOB, newest_by="createdAt")] == ["a", "b", "c"]


def test_a_record_changes_only_if_it_is_as_expected(graph: Graph) -> None:
    graph.create_record(JOB, {"jobId": "j", "state": "queued", "fence": 1, "cancelRequested": False})

    assert not graph.update_record(JOB, "j", {"state": "running"}, expected={"state": "queued", "fence": 2})
    assert not graph.update_record(JOB, "j", {"state": "running"}, expected={"owner": "me"})
    assert not graph.update_record(JOB, "nobody", {"state": "running"})
    assert graph.update_record(
        JOB,
        "j",
        {"state": "running", "fence": 2},
        expected={"state": "queued", "fence": 1, "owner": None, "cancelRequested": False},
    )

    record = graph.read_record(JOB, "j")
    assert record is not None
    assert (record["state"], record["fence"]) == ("running", 2)


def test_a_change_to_none_takes_a_property_away(graph: Graph) -> None:
    graph.create_record(JOB, {"jobId": "j", "owner": "me", "leaseUntil": 5})

    assert graph.update_record(JOB, "j", {"owner": None, "leaseUntil": None})

    record = graph.read_record(JOB, "j")
    assert record is not None
    assert (record["owner"], record["leaseUntil"]) == (None, None)
    assert graph.update_record(JOB, "j", {}, expected={"owner": None})
    assert not graph.update_record(JOB, "j", {}, expected={"owner": "me"})


@pytest.mark.slow
def test_of_sixteen_that_create_the_same_record_one_does(graph: Graph) -> None:
    created = race(RACERS, lambda number: graph.create_record(JOB, {"jobId": "j", "owner": str(number)}))

    assert created.count(True) == 1
    record = graph.read_record(JOB, "j")
    assert record is not None
    assert record["owner"] == str(created.index(True))


@pytest.mark.slow
def test_of_sixteen_that_expect_the_same_one_changes_it(graph: Graph) -> None:
    graph.create_record(JOB, {"jobId": "j", "fence": 0})
    for fence in range(5):
        changed = race(
            RACERS,
            lambda number, fence=fence: graph.update_record(  # type: ignore[misc]  # mypy can't type a default here
                JOB, "j", {"owner": f"{fence} {number}", "fence": fence + 1}, expected={"fence": fence}
            ),
        )

        assert changed.count(True) == 1
        record = graph.read_record(JOB, "j")
        assert record is not None
        assert (record["owner"], record["fence"]) == (f"{fence} {changed.index(True)}", fence + 1)


@pytest.fixture
def versions(graph: Graph) -> Graph:
    """A graph with the model versions v0 and v1."""
    for version in ("v0", "v1"):
        graph.create_record(MODEL_VERSION, {"version": version})
    return graph


def test_a_pointer_moves_only_from_where_it_is_expected(versions: Graph) -> None:
    assert versions.read_pointer(SERVES, "ranking") is None

    assert not versions.move_pointer(SERVES, "ranking", expected="v0", target="v1")
    assert versions.check().nodes["ServedModel"] == 0
    assert versions.move_pointer(SERVES, "ranking", expected=None, target="v0")
    assert not versions.move_pointer(SERVES, "ranking", expected=None, target="v1")
    assert versions.move_pointer(SERVES, "ranking", expected="v0", target="v1")
    assert versions.move_pointer(SERVES, "ranking", expected="v1", target="v1")

    assert versions.read_pointer(SERVES, "ranking") == "v1"
    assert versions.read_pointer(SERVES, "another") is None
    check = versions.check()
    assert (check.edges["SERVES"], check.nodes["ServedModel"]) == (1, 1)


def test_what_a_pointer_pointed_to_before_is_remembered_when_it_moves(versions: Graph) -> None:
    def previous() -> object:
        source = versions.read_record(SERVED_MODEL, "ranking")
        return source["previous"] if source else None

    versions.move_pointer(SERVES, "ranking", expected=None, target="v0")
    assert previous() is None

    versions.move_pointer(SERVES, "ranking", expected="v0", target="v1")
    versions.move_pointer(SERVES, "ranking", expected="v1", target="v1")  # moves nowhere
    versions.move_pointer(SERVES, "ranking", expected="v0", target="v1")  # is refused

    assert previous() == "v0"
    assert versions.read_record(SERVED_MODEL, "rating") is None


def test_a_pointer_does_not_move_to_what_does_not_exist(versions: Graph) -> None:
    with pytest.raises(UnknownEndpointsError, match="'v99'"):
        versions.move_pointer(SERVES, "ranking", expected=None, target="v99")

    assert versions.read_pointer(SERVES, "ranking") is None
    assert versions.check().nodes["ServedModel"] == 0


def test_a_pointer_to_a_deleted_node_points_to_nothing(versions: Graph) -> None:
    versions.move_pointer(SERVES, "ranking", expected=None, target="v0")
    versions.delete_nodes(MODEL_VERSION, ["v0"])

    assert versions.read_pointer(SERVES, "ranking") is None
    assert versions.move_pointer(SERVES, "ranking", expected=None, target="v1")


@pytest.mark.slow
def test_of_sixteen_that_move_a_pointer_from_the_same_place_one_does(graph: Graph) -> None:
    expected = None
    for turn in range(5):
        for number in range(RACERS):
            graph.create_record(MODEL_VERSION, {"version": f"v{turn}.{number}"})

        moved = race(
            RACERS,
            lambda number, turn=turn, expected=expected: graph.move_pointer(  # type: ignore[misc]  # as above
                SERVES, "ranking", expected=expected, target=f"v{turn}.{number}"
            ),
        )

        assert moved.count(True) == 1
        expected = f"v{turn}.{moved.index(True)}"
        assert graph.read_pointer(SERVES, "ranking") == expected
    assert graph.check().edges["SERVES"] == 1


def test_the_revision_grows_by_one(graph: Graph) -> None:
    before = graph.read_revision()

    assert graph.bump_revision() == before + 1
    assert graph.read_revision() == before + 1


@pytest.mark.slow
def test_no_bump_of_the_revision_is_lost(graph: Graph) -> None:
    before = graph.read_revision()

    bumped = race(RACERS, lambda _number: graph.bump_revision())

    assert sorted(bumped) == list(range(before + 1, before + RACERS + 1))


def test_the_clock_goes_forward(graph: Graph) -> None:
    first, second = graph.now(), graph.now()

    assert 1_600_000_000_000 < first <= second < first + 60_000


def test_what_is_large_is_read_alone_and_no_part_of_a_record(graph: Graph) -> None:
    page = "<p>é🎬</p>" * 100_000
    assert graph.create_record(MODEL_VERSION, {"version": "v", "state": "ready", "page": page, "report": "{}"})
    graph.create_record(MODEL_VERSION, {"version": "bare"})

    assert graph.read_large(MODEL_VERSION, "v", "page") == page
    assert graph.read_large(MODEL_VERSION, "bare", "page") is None
    assert graph.read_large(MODEL_VERSION, "none", "page") is None
    record = graph.read_record(MODEL_VERSION, "v")
    assert record is not None
    assert record["state"] == "ready"
    assert not {"page", "report"} & set(record)
    assert graph.update_record(MODEL_VERSION, "v", {"state": "rejected", "page": None})
    assert graph.read_large(MODEL_VERSION, "v", "page") is None
    with pytest.raises(KeyError, match="ModelVersion has no property 'colour'"):
        graph.read_large(MODEL_VERSION, "v", "colour")
