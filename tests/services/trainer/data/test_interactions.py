import numpy as np
import pytest

from services.trainer.data.interactions import Interactions, read_interactions
from shared.errors import InvalidInputError
from shared.graph import Graph
from shared.schema import MISSING_INT, MOVIE, RATED, USER

TWO_EVENTS = {
    "user_keys": np.array(["b", "a"], object),
    "movie_keys": np.array(["10", "9"], object),
    "users": np.array([0, 1]),
    "movies": np.array([1, 0]),
    "ratings": np.array([4.5, 3.0]),
    "times": np.array([7, MISSING_INT]),
}


def test_keys_and_events_are_put_in_order() -> None:
    data = Interactions.ordered(**TWO_EVENTS)

    assert data.user_keys.tolist() == ["a", "b"]
    assert data.movie_keys.tolist() == ["10", "9"]
    assert (data.users.tolist(), data.movies.tolist()) == ([0, 1], [0, 1])
    assert (data.ratings.tolist(), data.times.tolist()) == ([3.0, 4.5], [MISSING_INT, 7])


def test_the_fingerprint_depends_on_what_the_data_say_and_not_on_their_order() -> None:
    other_order = {
        "user_keys": np.array(["a", "b"], object),
        "movie_keys": np.array(["9", "10"], object),
        "users": np.array([0, 1]),
        "movies": np.array([1, 0]),
        "ratings": np.array([3.0, 4.5]),
        "times": np.array([MISSING_INT, 7]),
    }
    fingerprint = Interactions.ordered(**TWO_EVENTS).fingerprint

    assert Interactions.ordered(**other_order).fingerprint == fingerprint
    assert Interactions.ordered(**{**TWO_EVENTS, "ratings": np.array([4.0, 3.0])}).fingerprint != fingerprint


def test_ratings_come_out_of_the_graph_with_users_and_movies_that_have_none(graph: Graph) -> None:
    graph.put_nodes(USER, {"userId": np.array(["u2", "u1"], object)})
    graph.put_nodes(MOVIE, {"movieId": np.array(["m1", "m2"], object)})
    graph.put_edges(
        RATED,
        np.array(["u1"], object),
        np.array(["m2"], object),
        {"rating": np.array([3.5]), "ratedAt": np.array([1_000])},
    )
    told: list[float] = []

    data = read_interactions(graph, told.append)

    assert (data.user_keys.tolist(), data.movie_keys.tolist()) == (["u1", "u2"], ["m1", "m2"])
    assert (data.users.tolist(), data.movies.tolist()) == ([0], [1])
    assert (data.ratings.tolist(), data.times.tolist()) == ([3.5], [1_000])
    assert told[-1] == 1.0


def test_a_graph_without_ratings_is_nothing_to_train_on(sqlite_graph: Graph) -> None:
    with pytest.raises(InvalidInputError, match="holds no ratings"):
        read_interactions(sqlite_graph)
