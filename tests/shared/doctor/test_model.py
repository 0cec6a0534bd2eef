"""The served model: whole, damaged, old, or none."""

from pathlib import Path

import numpy as np
import pytest

from shared.doctor.findings import Finding
from shared.doctor.model import check_model
from shared.graph import Graph
from shared.graph.columns import objects
from shared.models import (
    RANKING,
    RATING,
    RatingParameters,
    ServingParameters,
    UserForm,
    VersionState,
    checksum,
    parameters_json,
)
from shared.schema import MODEL_VERSION, MOVIE, MOVIE_RATING, SERVES, USER, Slot
from shared.settings import GraphSettings
from shared.tuning import TunedSettings, keep_tuned

DAY_MS = 24 * 3_600 * 1_000


@pytest.fixture
def graph(sqlite_graph: Graph) -> Graph:
    """Version v1, of three movies and a user, made yesterday and served from slot B."""
    movies, users = objects(["1", "2", "3"]), objects(["u"])
    sqlite_graph.put_nodes(MOVIE, {"movieId": movies})
    sqlite_graph.put_nodes(USER, {"userId": users})
    vectors = np.eye(3, 8, dtype=np.float32)
    columns = {"embedding": vectors, "inputEmbedding": vectors, "bias": vectors[:, 0]}
    sqlite_graph.write_slot(MOVIE, Slot.B, movies, columns)
    sqlite_graph.write_slot(USER, Slot.B, users, {"embedding": vectors[:1]})
    parameters = ServingParameters("test", UserForm.INDUCTIVE, 8, temperature=0.2, like_threshold=4.0)
    record = {
        "version": "v1",
        "state": VersionState.READY.value,
        "slot": "B",
        "parameters": parameters_json(parameters),
        "metrics": "{}",
        "createdAt": sqlite_graph.now() - DAY_MS,
        "movies": 3,
        "users": 1,
        "checksum": checksum({kind: sqlite_graph.read_slot(kind, Slot.B) for kind in (MOVIE, USER)}),
    }
    sqlite_graph.create_record(MODEL_VERSION, record)
    sqlite_graph.move_pointer(SERVES, RANKING, expected=None, target="v1")
    return sqlite_graph


@pytest.fixture
def settings(tmp_path: Path) -> GraphSettings:
    return GraphSettings(graph_url=f"sqlite:{tmp_path / 'graph.db'}")


def levels(found: list[Finding]) -> list[str]:
    return [finding.level.value for finding in found]


def test_a_model_that_is_whole_is_well(graph: Graph, settings: GraphSettings) -> None:
    found = list(check_model(settings))

    assert levels(found) == ["well", "well"]
    assert found[0].what == "v1 is served: 3 movies, test, 1.0 days old."
    assert graph.read_pointer(SERVES, RANKING) == "v1"


def test_what_trainings_begin_from_is_told_where_it_was_tuned(graph: Graph, settings: GraphSettings) -> None:
    keep_tuned(graph, TunedSettings("lightgcn", 4.0, {"layers": 3}, {}, "lightgcn-1f", 12, "a-job", 1))

    found = list(check_model(settings))

    assert levels(found) == ["well", "well", "well"]
    assert "lightgcn begin from settings of the study lightgcn-1f, trial 12" in found[2].what


@pytest.mark.usefixtures("sqlite_graph")
def test_without_a_model_there_is_something_to_do(settings: GraphSettings) -> None:
    (found,) = check_model(settings)

    assert (found.level, "marquee train" in found.advice) == ("warning", True)


def test_vectors_that_were_changed_since_are_found_by_their_checksum(graph: Graph, settings: GraphSettings) -> None:
    graph.write_slot(USER, Slot.B, objects(["u"]), {"embedding": np.ones((1, 8), np.float32)})

    found = list(check_model(settings))

    assert levels(found) == ["well", "wrong"]
    assert "their checksum differs" in found[1].what


def test_movies_that_were_deleted_since_are_told(graph: Graph, settings: GraphSettings) -> None:
    graph.delete_nodes(MOVIE, ["2", "3"])

    found = list(check_model(settings))

    assert levels(found) == ["well", "warning"]
    assert found[1].what.startswith("2 movies and users")


def test_a_served_version_without_a_slot_is_wrong(graph: Graph, settings: GraphSettings) -> None:
    graph.update_record(MODEL_VERSION, "v1", {"slot": None})

    assert levels(list(check_model(settings))) == ["well", "wrong"]


def test_an_old_model_is_warned_of(graph: Graph, settings: GraphSettings) -> None:
    graph.update_record(MODEL_VERSION, "v1", {"createdAt": graph.now() - 31 * DAY_MS})

    found = list(check_model(settings))

    assert levels(found) == ["warning", "well"]
    assert "31.0 days old" in found[0].what


def serve_ratings(graph: Graph) -> None:
    """Version r1, which predicts ratings of two of the movies, from slot B of its own."""
    columns = {"ratingInput": np.ones((2, 4), np.float32), "ratingOutput": np.ones((2, 6), np.float32)}
    graph.write_slot(MOVIE_RATING, Slot.B, objects(["1", "2"]), columns)
    record = {
        "version": "r1",
        "state": VersionState.READY.value,
        "slot": "B",
        "pointer": RATING,
        "parameters": parameters_json(RatingParameters("gc-mc", UserForm.INDUCTIVE, 8, 4.0, {})),
        "metrics": "{}",
        "createdAt": graph.now(),
        "movies": 2,
        "users": 0,
        "checksum": checksum({MOVIE_RATING: graph.read_slot(MOVIE_RATING, Slot.B)}),
    }
    graph.create_record(MODEL_VERSION, record)
    graph.move_pointer(SERVES, RATING, expected=None, target="r1")


def test_a_model_that_predicts_ratings_is_looked_at_beside_the_one_that_ranks(
    graph: Graph, settings: GraphSettings
) -> None:
    serve_ratings(graph)
    assert levels(list(check_model(settings))) == ["well"] * 4

    graph.write_slot(MOVIE_RATING, Slot.B, objects(["1"]), {"ratingInput": np.zeros((1, 4), np.float32)})

    found = list(check_model(settings))
    assert levels(found) == ["well", "well", "well", "wrong"]
    assert "r1" in found[3].what
