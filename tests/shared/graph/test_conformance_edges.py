"""What every store does with relationships."""

from collections.abc import Iterable

import numpy as np
import pytest

from shared.errors import InvalidInputError
from shared.graph import EdgeBatch, Graph, UnknownEndpointsError
from shared.graph.columns import objects
from shared.schema import ACTED_IN, GENRE, HAS_TAG, IN_GENRE, MISSING_INT, MOVIE, PERSON, RATED, TAG, USER

RATINGS = ("rating", "ratedAt")


@pytest.fixture
def people(graph: Graph) -> Graph:
    """Users u, v, w and movies 1, 2, 3, without ratings."""
    graph.put_nodes(USER, {"userId": objects(["u", "v", "w"])})
    graph.put_nodes(MOVIE, {"movieId": objects(["1", "2", "3"])})
    return graph


def rate(graph: Graph, rows: Iterable[tuple[str, str, float, int]]) -> None:
    users, movies, ratings, times = zip(*rows, strict=True)
    graph.put_edges(
        RATED, objects(users), objects(movies), {"rating": np.array(ratings, float), "ratedAt": np.array(times)}
    )


def ratings_of(graph: Graph) -> dict[tuple[str, str], tuple[float, int]]:
    """All ratings, read in batches: (user, movie) to (rating, time)."""
    users, movies = graph.read_nodes(USER), graph.read_nodes(MOVIE)
    found: dict[tuple[str, str], tuple[float, int]] = {}
    for batch in graph.read_edges(RATED, users, movies, RATINGS):
        for source, target, rating, time in zip(
            users.keys[batch.sources], movies.keys[batch.targets], *batch.columns.values(), strict=True
        ):
            assert (source, target) not in found
            found[source, target] = (float(rating), int(time))
    return found


def test_ratings_come_out_as_they_went_in(people: Graph) -> None:
    rate(people, [("u", "1", 3.5, 10), ("v", "1", 0.5, 11), ("u", "3", 5, 12)])

    assert ratings_of(people) == {("u", "1"): (3.5, 10), ("v", "1"): (0.5, 11), ("u", "3"): (5.0, 12)}


def test_writing_ratings_twice_changes_nothing(people: Graph) -> None:
    rows = [("u", "1", 3.5, 10), ("v", "1", 0.5, 11)]
    rate(people, rows)
    rate(people, rows)

    assert ratings_of(people) == {("u", "1"): (3.5, 10), ("v", "1"): (0.5, 11)}
    assert people.check().edges["RATED"] == 2


@pytest.mark.parametrize("in_one_call", [False, True])
@pytest.mark.parametrize(
    ("rows", "winner"),
    [
        ([("u", "1", 1, 10), ("u", "1", 2, 20)], (2.0, 20)),
        ([("u", "1", 2, 20), ("u", "1", 1, 10)], (2.0, 20)),
        ([("u", "1", 1, 10), ("u", "1", 3, 30), ("u", "1", 2, 20)], (3.0, 30)),
        ([("u", "1", 1, 10), ("u", "1", 2, 10)], (2.0, 10)),
        ([("u", "1", 1, 10), ("u", "1", 2, MISSING_INT)], (1.0, 10)),
        ([("u", "1", 1, MISSING_INT), ("u", "1", 2, 10)], (2.0, 10)),
        ([("u", "1", 1, MISSING_INT), ("u", "1", 2, MISSING_INT)], (2.0, MISSING_INT)),
        ([("u", "1", 1, -5), ("u", "1", 2, -10)], (1.0, -5)),
    ],
    ids=["later", "earlier", "middle", "same time", "missing later", "missing first", "both missing", "before 1970"],
)
def test_the_later_rating_of_a_movie_by_a_user_wins(
    people: Graph, rows: list[tuple[str, str, float, int]], winner: tuple[float, int], in_one_call: bool
) -> None:
    if in_one_call:
        rate(people, [("v", "2", 4, 1), *rows])
    else:
        for row in rows:
            rate(people, [row])

    assert ratings_of(people)["u", "1"] == winner


def test_ratings_without_times_take_the_last(people: Graph) -> None:
    users, movies = objects(["u", "u"]), objects(["1", "1"])
    people.put_edges(RATED, users, movies, {"rating": np.array([1.0, 2.0])})
    assert ratings_of(people) == {("u", "1"): (2.0, MISSING_INT)}

    rate(people, [("u", "1", 3.0, 10)])
    people.put_edges(RATED, users, movies, {"rating": np.array([4.0, 5.0])})

    assert ratings_of(people) == {("u", "1"): (3.0, 10)}


def test_a_missing_rating_erases_nothing(people: Graph) -> None:
    rate(people, [("u", "1", 4, 10), ("v", "2", np.nan, 10)])
    rate(people, [("u", "1", np.nan, 20)])

    found = ratings_of(people)

    assert found["u", "1"] == (4.0, 20)
    assert np.isnan(found["v", "2"][0])


def test_relationships_without_a_time_take_the_last_value(graph: Graph) -> None:
    graph.put_nodes(MOVIE, {"movieId": objects(["1"])})
    graph.put_nodes(TAG, {"name": objects(["noir"])})
    for counts in ([3, 2], [1]):
        graph.put_edges(
            HAS_TAG, objects(["1"] * len(counts)), objects(["noir"] * len(counts)), {"count": np.array(counts)}
        )

    found = graph.edges_from(HAS_TAG, "1", ("count",))

    assert found is not None
    assert (found[0].tolist(), found[1]["count"].tolist()) == (["noir"], [1])


def test_a_property_may_have_a_name_that_queries_know(graph: Graph) -> None:
    graph.put_nodes(PERSON, {"personId": objects(["p"])})
    graph.put_nodes(MOVIE, {"movieId": objects(["1", "2"])})
    graph.put_edges(ACTED_IN, objects(["p", "p"]), objects(["1", "2"]), {"order": np.array([3, MISSING_INT])})

    batches = list(graph.read_edges(ACTED_IN, graph.read_nodes(PERSON), graph.read_nodes(MOVIE), ("order",)))

    assert EdgeBatch.concatenate(batches, ACTED_IN, ("order",)).columns["order"].tolist() == [3, MISSING_INT]


@pytest.mark.parametrize(
    ("sources", "targets", "missing", "label"),
    [(["u", "nobody"], ["1", "2"], ("nobody",), "User"), (["u", "u", "v"], ["b", "1", "a"], ("a", "b"), "Movie")],
)
def test_unknown_ends_are_refused_by_name_and_nothing_is_written(
    people: Graph, sources: list[str], targets: list[str], missing: tuple[str, ...], label: str
) -> None:
    with pytest.raises(UnknownEndpointsError, match=f"{len(missing)} {label} nodes that do not exist") as refused:
        people.put_edges(RATED, objects(sources), objects(targets), {"rating": np.ones(len(sources))})

    assert refused.value.missing == missing
    assert ratings_of(people) == {}


def test_one_unknown_end_at_the_end_of_many_rows_leaves_nothing_written(people: Graph) -> None:
    keys = objects([f"m{n}" for n in range(30_000)])
    people.put_nodes(MOVIE, {"movieId": keys})
    targets = keys.copy()
    targets[-1] = "nowhere"

    with pytest.raises(UnknownEndpointsError, match="'nowhere'"):
        people.put_edges(RATED, objects(["u"] * len(targets)), targets, {})

    assert people.check().edges["RATED"] == 0


def test_columns_of_different_lengths_are_refused(people: Graph) -> None:
    with pytest.raises(InvalidInputError, match="Column rating of RATED has 2 rows where the ids have 1"):
        people.put_edges(RATED, objects(["u"]), objects(["1"]), {"rating": np.ones(2)})
    with pytest.raises(InvalidInputError, match="targets of RATED has 2 rows where the ids have 1"):
        people.put_edges(RATED, objects(["u"]), objects(["1", "2"]), {})

    assert ratings_of(people) == {}


def test_no_relationships_at_all_are_no_fault(people: Graph) -> None:
    nothing = objects([])
    people.put_edges(RATED, nothing, nothing, {"rating": np.empty(0), "ratedAt": np.empty(0, np.int64)})

    assert ratings_of(people) == {}
    assert people.delete_edges(RATED, nothing, nothing) == 0
    found = people.edges_from(RATED, "u", RATINGS)
    assert found is not None
    assert len(found[0]) == 0
    assert found[1]["rating"].dtype == np.float64
    assert found[1]["ratedAt"].dtype == np.int64


def test_nodes_that_came_after_a_table_was_read_are_left_out(people: Graph) -> None:
    users, movies = people.read_nodes(USER), people.read_nodes(MOVIE)
    people.put_nodes(USER, {"userId": objects(["late"])})
    people.put_nodes(MOVIE, {"movieId": objects(["later"])})
    rate(people, [("u", "1", 1, 1), ("late", "1", 2, 1), ("u", "later", 3, 1), ("late", "later", 4, 1)])

    (batch,) = people.read_edges(RATED, users, movies, ("rating",))

    assert batch.columns["rating"].tolist() == [1.0]
    counts = people.count_edges_by_target(RATED, movies)
    assert counts[movies.keys.tolist().index("1")] == 2
    assert counts.sum() == 2


def test_a_node_that_takes_a_deleted_ones_place_is_not_taken_for_it(people: Graph) -> None:
    users, movies = people.read_nodes(USER), people.read_nodes(MOVIE)
    people.delete_nodes(MOVIE, ["1", "2", "3"])
    people.delete_nodes(USER, ["v"])
    for n in range(20):
        people.put_nodes(MOVIE, {"movieId": objects([f"new {n}"])})
        people.put_nodes(USER, {"userId": objects([f"new {n}"])})
        rate(people, [("u", f"new {n}", 1, 1), (f"new {n}", f"new {n}", 1, 1)])

    assert sum(map(len, people.read_edges(RATED, users, movies))) == 0


def test_relationships_of_a_kind_are_counted_by_target(people: Graph) -> None:
    rate(people, [("u", "1", 1, 1), ("v", "1", 2, 1), ("w", "3", 3, 1)])
    movies = people.read_nodes(MOVIE)

    counts = people.count_edges_by_target(RATED, movies)

    assert dict(zip(movies.keys.tolist(), counts.tolist(), strict=True)) == {"1": 2, "2": 0, "3": 1}
    assert counts.dtype == np.int64


def test_relationships_of_a_kind_are_counted_by_target_and_time(people: Graph) -> None:
    times = [("u", "1", 1, 99), ("v", "1", 2, 100), ("w", "1", 2, 109), ("u", "3", 3, 110), ("v", "3", 3, 120)]
    rate(people, [*times, ("w", "3", 3, MISSING_INT)])
    movies = people.read_nodes(MOVIE)

    counts = people.count_edges_by_time(RATED, movies, "ratedAt", since=100, step=10, steps=2)

    assert dict(zip(movies.keys.tolist(), counts.tolist(), strict=True)) == {"1": [2, 0], "2": [0, 0], "3": [0, 1]}
    assert counts.dtype == np.int64


def test_movies_that_came_after_the_table_are_not_counted(people: Graph) -> None:
    movies = people.read_nodes(MOVIE)
    people.put_nodes(MOVIE, {"movieId": objects(["later"])})
    rate(people, [("u", "later", 1, 5), ("u", "2", 1, 5)])

    counts = people.count_edges_by_time(RATED, movies, "ratedAt", since=0, step=10, steps=1)

    assert counts.sum() == 1


def test_of_some_users_those_are_found_who_exist_and_whether_they_rated_a_movie(people: Graph) -> None:
    rate(people, [("u", "1", 1, 1), ("v", "2", 2, 1)])

    assert people.find_sources(RATED, ["v", "u", "nobody"], "1") == {"u": True, "v": False}
    assert people.find_sources(RATED, ["u"], "no such movie") == {"u": False}
    assert people.find_sources(RATED, [], "1") == {}


def test_one_users_history_and_that_of_nobody(people: Graph) -> None:
    rate(people, [("u", "1", 1, 10), ("u", "3", 3.5, MISSING_INT), ("v", "2", 2, 5)])

    found = people.edges_from(RATED, "u", RATINGS)

    assert found is not None
    keys, columns = found
    rows = dict(zip(keys, zip(columns["rating"], columns["ratedAt"], strict=True), strict=True))
    assert rows == {"1": (1.0, 10), "3": (3.5, MISSING_INT)}
    assert people.edges_from(RATED, "nobody", RATINGS) is None


def test_single_relationships_are_deleted_and_what_is_not_there_is_passed_over(people: Graph) -> None:
    rate(people, [("u", "1", 1, 1), ("u", "2", 2, 1), ("v", "1", 3, 1)])

    deleted = people.delete_edges(RATED, objects(["u", "u", "v", "nobody", "u"]), objects(["1", "3", "1", "1", "1"]))

    assert deleted == 2
    assert ratings_of(people) == {("u", "2"): (2.0, 1)}


def test_all_relationships_of_a_kind_at_some_nodes_are_deleted_by_either_end(people: Graph) -> None:
    rate(people, [("u", "1", 1, 1), ("u", "2", 2, 1), ("v", "1", 3, 1), ("w", "3", 4, 1)])
    people.put_nodes(GENRE, {"name": objects(["drama"])})
    people.put_edges(IN_GENRE, objects(["1", "2"]), objects(["drama", "drama"]), {})

    assert people.delete_edges_of(RATED, "target", ["1", "nothing", "1"]) == 2
    assert ratings_of(people) == {("u", "2"): (2.0, 1), ("w", "3"): (4.0, 1)}
    assert people.delete_edges_of(RATED, "source", ["u", "nobody"]) == 1
    assert ratings_of(people) == {("w", "3"): (4.0, 1)}
    assert people.delete_edges_of(RATED, "source", []) == 0
    assert people.check().edges["IN_GENRE"] == 2


def test_a_kind_of_relationship_does_not_touch_another(people: Graph) -> None:
    people.put_nodes(GENRE, {"name": objects(["drama"])})
    people.put_edges(IN_GENRE, objects(["1"]), objects(["drama"]), {})
    rate(people, [("u", "1", 1, 1)])

    people.delete_edges(RATED, objects(["u"]), objects(["1"]))

    found = people.edges_from(IN_GENRE, "1")
    assert found is not None
    assert found[0].tolist() == ["drama"]


@pytest.mark.slow
def test_a_hundred_thousand_ratings_in_one_call_come_out_once_each_and_in_order(graph: Graph) -> None:
    users, movies, ratings = 1_500, 500, 100_000
    graph.put_nodes(USER, {"userId": objects([f"u{n}" for n in range(users)])})
    graph.put_nodes(MOVIE, {"movieId": objects([f"m{n}" for n in range(movies)])})
    pairs = np.random.default_rng(7).choice(users * movies, ratings, replace=False)
    sources, targets = pairs // movies, pairs % movies
    keys = objects([f"u{n}" for n in sources]), objects([f"m{n}" for n in targets])
    graph.put_edges(RATED, *keys, {"rating": pairs % 10 / 2, "ratedAt": pairs})

    user_table, movie_table = graph.read_nodes(USER), graph.read_nodes(MOVIE)
    batches = list(graph.read_edges(RATED, user_table, movie_table, RATINGS))

    assert len(batches) > 1
    fractions = [batch.fraction for batch in batches]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    found = EdgeBatch.concatenate(batches, RATED, RATINGS)
    places = found.sources * len(movie_table) + found.targets
    assert np.all(np.diff(places) > 0)
    number = np.array([int(key[1:]) for key in user_table.keys]), np.array([int(key[1:]) for key in movie_table.keys])
    assert np.array_equal(np.sort(found.columns["ratedAt"]), np.sort(pairs))
    assert np.array_equal(number[0][found.sources] * movies + number[1][found.targets], found.columns["ratedAt"])
    assert np.array_equal(found.columns["rating"], found.columns["ratedAt"] % 10 / 2)
