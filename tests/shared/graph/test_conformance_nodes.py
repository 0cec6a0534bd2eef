"""What every store does with nodes."""

import numpy as np
import pytest

from shared.errors import InvalidInputError
from shared.graph import Graph
from shared.graph.columns import objects
from shared.schema import GENRE, IN_GENRE, MISSING_INT, MOVIE, RATED, USER, Slot


def put_movies(graph: Graph, *keys: str) -> None:
    graph.put_nodes(MOVIE, {"movieId": objects(keys)})


def test_nodes_come_out_as_they_went_in(graph: Graph) -> None:
    graph.put_nodes(
        MOVIE,
        {"movieId": objects(["1", "2"]), "title": objects(["Heat", "Ran"]), "year": np.array([1995, 1985])},
    )

    table = graph.read_nodes(MOVIE, ("year", "title"))

    assert table.kind == MOVIE
    found = dict(zip(table.keys, zip(table.columns["title"], table.columns["year"], strict=True), strict=True))
    assert found == {"1": ("Heat", 1995), "2": ("Ran", 1985)}
    assert table.columns["year"].dtype == np.int64
    assert np.all(np.diff(table.handles) > 0)


def test_writing_nodes_twice_changes_nothing(graph: Graph) -> None:
    columns = {"movieId": objects(["1", "2"]), "title": objects(["Heat", "Ran"])}
    graph.put_nodes(MOVIE, columns)
    once = graph.read_nodes(MOVIE, ("title",))
    graph.put_nodes(MOVIE, columns)
    twice = graph.read_nodes(MOVIE, ("title",))

    assert once.keys.tolist() == twice.keys.tolist()
    assert once.handles.tolist() == twice.handles.tolist()
    assert once.columns["title"].tolist() == twice.columns["title"].tolist()


def test_of_a_key_that_stands_there_twice_the_last_row_wins(graph: Graph) -> None:
    graph.put_nodes(MOVIE, {"movieId": objects(["1", "2", "1"]), "title": objects(["first", "other", "last"])})

    table = graph.read_nodes(MOVIE, ("title",))

    assert dict(zip(table.keys, table.columns["title"], strict=True)) == {"1": "last", "2": "other"}


def test_missing_values_stay_missing_and_erase_nothing(graph: Graph) -> None:
    keys = objects(["1", "2"])
    graph.put_nodes(MOVIE, {"movieId": keys, "title": objects(["Heat", None]), "year": np.array([1995, MISSING_INT])})
    graph.put_nodes(MOVIE, {"movieId": keys, "title": objects([None, None]), "year": np.array([MISSING_INT] * 2)})

    table = graph.read_nodes(MOVIE, ("title", "year", "imdbId"))

    rows = {key: row for row, key in enumerate(table.keys)}
    assert table.columns["title"][rows["1"]] == "Heat"
    assert table.columns["year"][rows["1"]] == 1995
    assert table.columns["title"][rows["2"]] is None
    assert table.columns["year"][rows["2"]] == MISSING_INT
    assert table.columns["imdbId"].tolist() == [None, None]


@pytest.mark.parametrize(
    "text",
    [
        "🎬 Am\u00e9lie",
        "e\u0301 combining is not \u00e9",
        "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
        "\U0001f469\u200d\U0001f680",
        "quote ' double \" back ` slash \\ dollar $0 {brace} ; --",
        " spaces around ",
    ],
)
def test_ids_and_texts_may_be_any_unicode(graph: Graph, text: str) -> None:
    graph.put_nodes(MOVIE, {"movieId": objects([text]), "title": objects([text])})
    graph.put_nodes(GENRE, {"name": objects([text])})
    graph.put_edges(IN_GENRE, objects([text]), objects([text]), {})

    table = graph.read_nodes(MOVIE, ("title",))

    assert (table.keys[0], table.columns["title"][0]) == (text, text)
    found = graph.edges_from(IN_GENRE, text)
    assert found is not None
    assert found[0].tolist() == [text]
    assert graph.delete_nodes(MOVIE, [text]) == 1


def test_an_id_composed_and_one_decomposed_are_two(graph: Graph) -> None:
    put_movies(graph, "\u00e9", "e\u0301")

    assert len(graph.read_nodes(MOVIE)) == 2


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "has 0 characters"),
        ("x" * 129, "has 129 characters"),
        ("a\x00b", "control character"),
        ("a\nb", "control character"),
        ("\ud800", "control character"),
        (None, "is no text"),
        (7, "is no text"),
    ],
)
def test_what_is_no_id_is_refused_and_nothing_written(graph: Graph, key: object, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        graph.put_nodes(MOVIE, {"movieId": objects(["good", key])})

    assert len(graph.read_nodes(MOVIE)) == 0


@pytest.mark.parametrize("text", ["half a pair \ud83c", "\udfac"])
def test_a_text_that_is_no_unicode_is_refused_and_nothing_written(graph: Graph, text: str) -> None:
    with pytest.raises(InvalidInputError, match="can't be stored"):
        graph.put_nodes(MOVIE, {"movieId": objects(["1", "2"]), "title": objects(["good", text])})

    assert len(graph.read_nodes(MOVIE)) == 0


@pytest.mark.parametrize("key", ["1\x00", "1\x00x", "", " 1", "1 "])
def test_a_key_that_only_looks_like_another_is_another(graph: Graph, key: str) -> None:
    put_movies(graph, "1")
    graph.put_nodes(GENRE, {"name": objects(["drama"])})
    graph.put_edges(IN_GENRE, objects(["1"]), objects(["drama"]), {})

    assert graph.delete_nodes(MOVIE, [key]) == 0
    assert graph.delete_edges(IN_GENRE, objects([key]), objects(["drama"])) == 0
    assert graph.edges_from(IN_GENRE, key) is None
    assert graph.read_record(MOVIE, key) is None
    assert graph.edges_from(IN_GENRE, "1") is not None


def test_an_id_of_128_characters_is_taken(graph: Graph) -> None:
    put_movies(graph, "\U0001f3ac" * 128)

    assert graph.read_nodes(MOVIE).keys.tolist() == ["\U0001f3ac" * 128]


def test_columns_of_different_lengths_are_refused_and_nothing_written(graph: Graph) -> None:
    with pytest.raises(InvalidInputError, match="Column title of Movie has 1 rows where the ids have 2"):
        graph.put_nodes(MOVIE, {"movieId": objects(["1", "2"]), "title": objects(["only one"])})

    assert len(graph.read_nodes(MOVIE)) == 0


def test_no_nodes_at_all_are_no_fault(graph: Graph) -> None:
    put_movies(graph)

    table = graph.read_nodes(MOVIE, ("title", "year"))

    assert len(table) == 0
    assert (table.keys.dtype, table.columns["year"].dtype) == (np.dtype(object), np.dtype(np.int64))
    assert graph.delete_nodes(MOVIE, []) == 0


def test_a_deleted_node_takes_its_relationships_and_vectors_with_it(graph: Graph) -> None:
    graph.put_nodes(USER, {"userId": objects(["u", "v"])})
    put_movies(graph, "1", "2")
    graph.put_edges(RATED, objects(["u", "u", "v"]), objects(["1", "2", "1"]), {})
    vectors = {
        "embedding": np.ones((1, 2), np.float32),
        "inputEmbedding": np.ones((1, 2), np.float32),
        "bias": np.ones(1, np.float32),
    }
    graph.write_slot(MOVIE, Slot.A, objects(["1"]), vectors)

    assert graph.delete_nodes(MOVIE, ["1", "never was"]) == 1
    assert graph.delete_nodes(USER, ["v"]) == 1

    assert graph.check().edges["RATED"] == 1
    assert graph.edges_from(RATED, "v") is None
    put_movies(graph, "1")
    assert graph.read_slot(MOVIE, Slot.A).keys.tolist() == []
    movies = graph.read_nodes(MOVIE)
    counts = dict(zip(movies.keys, graph.count_edges_by_target(RATED, movies), strict=True))
    assert counts == {"1": 0, "2": 1}


@pytest.mark.slow
def test_fifty_thousand_nodes_in_one_call(graph: Graph) -> None:
    keys = objects([str(n) for n in range(50_000)])

    graph.put_nodes(USER, {"userId": keys, "age": np.arange(50_000)})

    table = graph.read_nodes(USER, ("age",))
    assert dict(zip(table.keys.tolist(), table.columns["age"].tolist(), strict=True)) == {
        str(n): n for n in range(50_000)
    }
