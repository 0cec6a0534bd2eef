import numpy as np
import pytest

from services.trainer.data.interactions import Interactions, read_interactions
from services.trainer.data.ratings import all_ratings
from services.trainer.data.split import all_likes, split_at_random
from shared.errors import InvalidInputError
from shared.events import Event, EventRequest, EventType
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
    fingerprint = Interactions.ordered(**TWO_EVENTS).fingerprint()

    assert Interactions.ordered(**other_order).fingerprint() == fingerprint
    assert Interactions.ordered(**{**TWO_EVENTS, "ratings": np.array([4.0, 3.0])}).fingerprint() != fingerprint


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


def test_likes_count_beside_ratings_and_what_was_said_last_decides(graph: Graph) -> None:
    graph.put_nodes(MOVIE, {"movieId": np.array(["1", "2", "3", "4", "5", "6"], object)})
    events = [
        Event(EventType.RATE, "u", "1", 5.0, 10),
        Event(EventType.DISLIKE, "u", "1", time=20),  # so no like any more
        Event(EventType.LIKE, "u", "2", time=10),
        Event(EventType.RATE, "u", "2", 2.0, 20),  # nor is this
        Event(EventType.RATE, "u", "3", 2.0, 10),
        Event(EventType.LIKE, "u", "3", time=20),
        Event(EventType.LIKE, "v", "4", time=30),
        *(Event(type_, "v", "5") for type_ in (EventType.DISLIKE, EventType.VIEW, EventType.HIDE)),
        Event(EventType.WATCHLIST, "v", "6"),
    ]
    graph.append_events([EventRequest(events)])

    data = read_interactions(graph)

    found = zip(data.users.tolist(), data.movies.tolist(), data.likes(4.0).tolist(), data.times.tolist(), strict=True)
    assert list(found) == [(0, 0, False, 20), (0, 1, False, 20), (0, 2, True, 20), (1, 3, True, 30)]
    np.testing.assert_array_equal(data.ratings, [5, 2, 2, np.nan])
    rated = data.rated()
    assert (rated.movies.tolist(), rated.ratings.tolist(), rated.said) == ([0, 1, 2], [5, 2, 2], None)
    ratings = all_ratings(data)
    assert ratings.stars.tolist() == [5, 2, 2]
    fold = split_at_random(data, 4.0).final
    assert not np.isnan(fold.rated().stars).any()  # type: ignore[union-attr]  # there are some
    assert all_likes(data, 4.0).movies.tolist() == [2, 3]


def test_likes_alone_are_something_to_train_on(sqlite_graph: Graph) -> None:
    sqlite_graph.put_nodes(MOVIE, {"movieId": np.array(["1"], object)})
    sqlite_graph.append_events([EventRequest([Event(EventType.LIKE, "u", "1", time=7)])])

    data = read_interactions(sqlite_graph)

    assert (data.likes(4.0).tolist(), data.times.tolist(), len(data.rated())) == ([True], [7], 0)


def test_what_is_said_changes_the_fingerprint(sqlite_graph: Graph) -> None:
    sqlite_graph.put_nodes(MOVIE, {"movieId": np.array(["1"], object)})
    sqlite_graph.append_events([EventRequest([Event(EventType.RATE, "u", "1", 5.0, time=7)])])
    before = read_interactions(sqlite_graph)
    sqlite_graph.append_events([EventRequest([Event(EventType.DISLIKE, "u", "1", time=7)])])
    after = read_interactions(sqlite_graph)

    assert (before.ratings.tolist(), before.times.tolist()) == (after.ratings.tolist(), after.times.tolist())
    assert before.fingerprint() != after.fingerprint()


def test_a_graph_without_ratings_is_nothing_to_train_on(sqlite_graph: Graph) -> None:
    with pytest.raises(InvalidInputError, match="holds no ratings and no likes"):
        read_interactions(sqlite_graph)
