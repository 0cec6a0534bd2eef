"""Publication on both stores, and what breaks on the way."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest

from services.trainer.publish import Draft, Progress, finish_earlier, keep_rejected, publish, version_name
from shared.errors import CancelledError, ConflictError, LeaseLostError
from shared.graph import Graph
from shared.graph.port import Array, Columns, Fence
from shared.job_records import Claim, Jobs
from shared.jobs import Job, TrainRequest
from shared.models import (
    RANKING,
    RATING,
    RatingParameters,
    ServingParameters,
    UserForm,
    VersionState,
    activate,
    get_version,
    list_versions,
    read_page,
    read_report,
    read_served_vectors,
    ready_versions,
    served_version,
)
from shared.schema import JOB, MODEL_VERSION, MOVIE, MOVIE_RATING, SERVES, USER, NodeKind, Slot

MOVIES, USERS = np.array(["m1", "m2", "m3"], object), np.array(["u1", "u2"], object)
Rows = Mapping[NodeKind, tuple[Array, Columns]]


@pytest.fixture
def store(graph: Graph) -> Graph:
    graph.put_nodes(MOVIE, {"movieId": MOVIES})
    graph.put_nodes(USER, {"userId": USERS})
    return graph


def rows(value: float) -> Rows:
    vectors = np.full((3, 4), value, np.float32)
    of_movies = {"embedding": vectors, "inputEmbedding": vectors + 1, "bias": np.full(3, value, np.float32)}
    return {MOVIE: (MOVIES, of_movies), USER: (USERS, {"embedding": np.full((2, 4), value, np.float32)})}


def job(graph: Graph, name: str) -> Job:
    asked, _ = Jobs(graph).ask(TrainRequest(), lambda *_: None)
    return dataclasses.replace(asked, job_id=name)


def draft(graph: Graph, name: str) -> Draft:
    of = job(graph, name)
    parameters = ServingParameters("inductive", UserForm.INDUCTIVE, 4, 0.2, 4.0)
    return Draft(version_name(of), of, parameters, {"ndcg_at_20": 0.5}, {"recipe": {}}, page="<p>why</p>")


def silently(_stage: str, _done: float) -> None:
    pass


def served_value(graph: Graph) -> float:
    served = read_served_vectors(graph)
    assert served is not None
    assert served.movies.keys.tolist() == MOVIES.tolist()
    values = np.unique(served.movies.columns["embedding"])
    assert len(values) == 1
    return float(values[0])


def test_versions_take_turns_in_the_two_slots(store: Graph) -> None:
    published = [publish(store, draft(store, f"job{n}"), rows(float(n)), silently) for n in (1, 2, 3)]

    assert [version.slot for version in published] == [Slot.A, Slot.B, Slot.A]
    assert served_value(store) == 3.0
    assert [get_version(store, v.version).slot for v in published] == [None, Slot.B, Slot.A]


def test_a_published_version_has_all_that_is_kept_of_one(store: Graph) -> None:
    version = publish(store, draft(store, "job1"), rows(1.0), silently)

    assert served_version(store) == version
    assert (version.state, version.movies, version.users) == (VersionState.READY, 3, 2)
    assert version.metrics == {"ndcg_at_20": 0.5}
    assert version.checksum is not None
    assert len(version.checksum) == 64
    assert read_report(store, version.version) == {"recipe": {}}
    assert read_page(store, version.version) == "<p>why</p>"


def test_users_who_were_deleted_meanwhile_are_no_fault(store: Graph) -> None:
    def delete_one(stage: str, done: float) -> None:
        if (stage, done) == ("write", 1.0):
            store.delete_nodes(USER, ["u1"])

    version = publish(store, draft(store, "job1"), rows(1.0), delete_one)

    assert (version.movies, version.users) == (3, 1)


@pytest.mark.parametrize(("stage", "done"), [("write", 0.0), ("write", 1.0), ("index", 1.0)])
def test_a_publication_that_breaks_leaves_the_served_version_and_nothing_else(
    store: Graph, stage: str, done: float
) -> None:
    first = publish(store, draft(store, "job1"), rows(1.0), silently)

    def break_there(at: str, fraction: float) -> None:
        if (at, fraction) == (stage, done):
            raise CancelledError("Cancelled.")

    with pytest.raises(CancelledError):
        publish(store, draft(store, "job2"), rows(2.0), break_there)

    assert served_value(store) == 1.0
    assert list_versions(store) == [first]
    assert len(store.read_slot(MOVIE, Slot.B).keys) == 0
    assert len(store.read_slot(USER, Slot.B).keys) == 0


def test_who_has_lost_the_lease_writes_nothing_more_not_even_to_clean_up(store: Graph) -> None:
    def lose(stage: str, done: float) -> None:
        if (stage, done) == ("write", 1.0):
            raise LeaseLostError("Taken over.")

    with pytest.raises(LeaseLostError):
        publish(store, draft(store, "job1"), rows(1.0), lose)

    assert len(store.read_slot(MOVIE, Slot.A).keys) == 3


def test_the_delivery_that_takes_over_writes_the_same_version_anew(store: Graph) -> None:
    same = draft(store, "job1")

    def lose(stage: str, done: float) -> None:
        if (stage, done) == ("write", 1.0):
            raise LeaseLostError("Taken over.")

    with pytest.raises(LeaseLostError):
        publish(store, same, rows(1.0), lose)
    publish(store, same, rows(1.0), silently)

    assert [version.state for version in list_versions(store)] == [VersionState.READY]
    assert served_value(store) == 1.0


def test_what_is_read_back_must_be_what_was_written(store: Graph) -> None:
    def spoil(stage: str, done: float) -> None:
        if (stage, done) == ("write", 1.0):
            store.write_slot(MOVIE, Slot.A, MOVIES[:1], {"bias": np.array([9.0], np.float32)})

    with pytest.raises(ConflictError, match="does not hold what was written"):
        publish(store, draft(store, "job1"), rows(1.0), spoil)

    assert served_version(store) is None


def test_a_version_that_is_activated_meanwhile_is_not_pushed_aside(store: Graph) -> None:
    first = publish(store, draft(store, "job1"), rows(1.0), silently)
    second = publish(store, draft(store, "job2"), rows(2.0), silently)
    third = draft(store, "job3")

    def activate_another(stage: str, done: float) -> None:
        if (stage, done) == ("index", 1.0):
            other = {**third.record(VersionState.READY, None), "version": "other"}
            store.create_record(MODEL_VERSION, other)
            store.move_pointer(SERVES, RANKING, expected=second.version, target="other")

    with pytest.raises(ConflictError, match="no longer served"):
        publish(store, third, rows(3.0), activate_another)

    assert store.read_pointer(SERVES, RANKING) == "other"
    assert get_version(store, first.version).slot is None


def test_a_version_is_ready_before_it_is_indexed_and_served_after_that(store: Graph) -> None:
    new = draft(store, "job1")
    seen: list[tuple[str, VersionState, str | None]] = []

    def look(stage: str, done: float) -> None:
        if (stage, done) in (("write", 1.0), ("index", 0.0), ("index", 1.0)):
            seen.append((stage, get_version(store, new.version).state, store.read_pointer(SERVES, RANKING)))

    publish(store, new, rows(1.0), look)

    assert {(stage, state) for stage, state, _ in seen} == {
        ("write", VersionState.WRITING),
        ("index", VersionState.READY),
    }
    assert {pointer for *_, pointer in seen} == {None}
    assert store.read_pointer(SERVES, RANKING) == new.version


def activate_at(store: Graph, version: str, then: Exception | None = None) -> Progress:
    """Someone activates the version between its being ready and its being indexed; then `then` is raised."""

    def at_index(stage: str, done: float) -> None:
        if (stage, done) == ("index", 0.0):
            activate(store, version)
        elif stage == "index" and then is not None:
            raise then

    return at_index


def test_a_version_that_is_activated_before_its_turn_is_published_all_the_same(store: Graph) -> None:
    publish(store, draft(store, "job1"), rows(1.0), silently)
    second = draft(store, "job2")

    published = publish(store, second, rows(2.0), activate_at(store, second.version))

    assert served_version(store) == published
    assert served_value(store) == 2.0


def test_a_version_that_is_served_already_is_not_taken_away_when_its_job_is_cancelled(store: Graph) -> None:
    publish(store, draft(store, "job1"), rows(1.0), silently)
    second = draft(store, "job2")

    with pytest.raises(CancelledError):
        publish(store, second, rows(2.0), activate_at(store, second.version, CancelledError("Cancelled.")))

    assert served_value(store) == 2.0
    assert get_version(store, second.version).state is VersionState.READY


def test_a_job_delivered_again_indexes_what_was_ready_before_it_serves_it(
    store: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = draft(store, "job1")

    def die(stage: str, _done: float) -> None:
        if stage == "index":
            raise LeaseLostError("Taken over.")

    with pytest.raises(LeaseLostError):
        publish(store, new, rows(1.0), die)
    done: list[tuple[NodeKind, Slot, int, str | None] | str] = []
    index_slot, await_indexes = type(store).index_slot, type(store).await_indexes

    def index(self: Graph, kind: NodeKind, slot: Slot, width: int) -> None:
        done.append((kind, slot, width, self.read_pointer(SERVES, RANKING)))
        index_slot(self, kind, slot, width)

    def wait(self: Graph) -> None:
        done.append("waited")
        await_indexes(self)

    monkeypatch.setattr(type(store), "index_slot", index)
    monkeypatch.setattr(type(store), "await_indexes", wait)
    version = finish_earlier(store, new.job)

    assert done == [(MOVIE, Slot.A, 4, None), (USER, Slot.A, 4, None), "waited"]
    assert served_version(store) == version
    assert served_value(store) == 1.0


def test_who_was_taken_over_while_it_stood_still_takes_nothing_away(store: Graph) -> None:
    taken_over = draft(store, "job1")
    jobs = Jobs(store)
    asked, _ = jobs.ask(TrainRequest(), lambda *_: None)
    claim = jobs.claim(asked.job_id, owner="first", lease_seconds=30)
    assert isinstance(claim, Claim)
    mine = store.fenced(Fence(JOB, asked.job_id, claim.expected))

    def wake_up_late(stage: str, done: float) -> None:
        if (stage, done) == ("index", 0.0):
            store.update_record(JOB, asked.job_id, {"fence": claim.fence + 1})
        elif stage == "index":
            raise CancelledError("Cancelled.")

    with pytest.raises(LeaseLostError):
        publish(mine, taken_over, rows(1.0), wake_up_late)

    assert get_version(store, taken_over.version).state is VersionState.READY
    assert len(store.read_slot(MOVIE, Slot.A).keys) == 3


def test_a_rejected_version_keeps_its_report_and_no_vectors(store: Graph) -> None:
    refused = draft(store, "job1")

    keep_rejected(store, refused)

    version = get_version(store, refused.version)
    assert (version.state, version.slot) == (VersionState.REJECTED, None)
    assert read_report(store, refused.version) == {"recipe": {}}
    assert read_page(store, refused.version) == "<p>why</p>"
    assert served_version(store) is None


def test_a_job_delivered_again_after_its_version_was_written_only_serves_it(store: Graph) -> None:
    done = draft(store, "job1")
    assert finish_earlier(store, done.job) is None
    version = publish(store, done, rows(1.0), silently)

    assert finish_earlier(store, done.job) == version


def test_a_version_is_named_by_when_it_was_asked_for_and_by_its_job(sqlite_graph: Graph) -> None:
    asked = dataclasses.replace(job(sqlite_graph, "ab12cd34ef56"), created_at=1_795_249_830_123)

    assert version_name(asked) == "20261121-083030-ab12cd"


def rating_draft(graph: Graph, name: str) -> Draft:
    of = job(graph, name)
    parameters = RatingParameters("gc-mc", UserForm.INDUCTIVE, 4, 4.0, {"levels": [1.0, 5.0]})
    return Draft(version_name(of), of, parameters, {"rmse": 0.9}, {"recipe": {}})


def rating_rows(value: float) -> Rows:
    columns = {"ratingInput": np.full((3, 6), value, np.float32), "ratingOutput": np.full((3, 8), value, np.float32)}
    return {MOVIE_RATING: (MOVIES, columns)}


def test_versions_that_rank_and_versions_that_rate_have_pointers_and_slots_of_their_own(store: Graph) -> None:
    ranking = [publish(store, draft(store, f"rank{n}"), rows(float(n)), silently) for n in (1, 2)]
    rating = [publish(store, rating_draft(store, f"rate{n}"), rating_rows(float(n)), silently) for n in (1, 2, 3)]

    assert [version.slot for version in rating] == [Slot.A, Slot.B, Slot.A]
    assert [get_version(store, version.version).slot for version in ranking] == [Slot.A, Slot.B]
    assert served_value(store) == 2.0
    served = read_served_vectors(store, RATING)
    assert served is not None
    assert (served.version, served.users) == (rating[2], None)
    assert served.movies.columns["ratingInput"].tolist() == [[3.0] * 6] * 3
    assert ready_versions(store) == (ranking[0].version, ranking[1].version)
    assert ready_versions(store, RATING) == (rating[2].version, rating[1].version)


def test_going_back_to_a_version_that_rates_leaves_the_one_that_ranks(store: Graph) -> None:
    ranking = publish(store, draft(store, "rank1"), rows(1.0), silently)
    first, _ = (publish(store, rating_draft(store, f"rate{n}"), rating_rows(float(n)), silently) for n in (1, 2))

    activate(store, first.version)

    assert store.read_pointer(SERVES, RATING) == first.version
    assert served_version(store) == ranking


def test_a_publication_of_ratings_that_breaks_takes_away_its_own_alone(store: Graph) -> None:
    ranking = publish(store, draft(store, "rank1"), rows(1.0), silently)

    def break_there(stage: str, done: float) -> None:
        if (stage, done) == ("write", 1.0):
            raise CancelledError("Cancelled.")

    with pytest.raises(CancelledError):
        publish(store, rating_draft(store, "rate1"), rating_rows(1.0), break_there)

    assert list_versions(store) == [ranking]
    assert served_value(store) == 1.0
    assert len(store.read_slot(MOVIE_RATING, Slot.A).keys) == 0


def test_a_deleted_movie_leaves_nothing_in_any_slot(store: Graph) -> None:
    publish(store, draft(store, "rank1"), rows(1.0), silently)
    publish(store, rating_draft(store, "rate1"), rating_rows(1.0), silently)

    store.delete_nodes(MOVIE, ["m2"])

    assert store.read_slot(MOVIE, Slot.A).keys.tolist() == ["m1", "m3"]
    assert store.read_slot(MOVIE_RATING, Slot.A).keys.tolist() == ["m1", "m3"]
    assert store.check().problems == ()
