"""The catalogue as it is read from a graph."""

import json
from dataclasses import replace

import numpy as np
import pytest

from services.recommender.movies.catalogue import read_catalogue
from shared.errors import NotFoundError
from shared.graph import Graph
from shared.ids import IdMap
from shared.schema import ACTED_IN, MOVIE, PERSON


def test_a_movie_is_shown_with_all_that_the_graph_knows(movies: Graph) -> None:
    catalogue = read_catalogue(movies)

    assert json.loads(catalogue.json(catalogue.row("a"))) == {
        "movieId": "a",
        "title": "Alien",
        "year": 1979,
        "genres": ["Horror", "Sci-Fi"],
        "directors": ["Ridley Scott"],
        "actors": ["Sigourney Weaver", "Tom Skerritt"],
        "language": None,
        "imdbId": "0078748",
        "tmdbId": None,
        "posterPath": None,
        "properties": {},
        "ratingsCount": 1,
    }


def test_what_is_not_known_is_null_or_empty(sqlite_graph: Graph) -> None:
    sqlite_graph.put_nodes(MOVIE, {"movieId": np.array(["bare"], object)})

    movie = json.loads(read_catalogue(sqlite_graph).json(0))

    assert movie.pop("movieId") == "bare"
    assert movie.pop("ratingsCount") == 0
    assert all(value in (None, [], {}) for value in movie.values())


def test_movies_are_ranked_by_their_ratings_and_equal_ones_by_row(movies: Graph) -> None:
    catalogue = read_catalogue(movies)

    assert [catalogue.ids.ids[row] for row in catalogue.by_popularity] == list("cbaedf")


def test_ten_leading_actors_are_shown(movies: Graph) -> None:
    people = np.array([f"p{n:02}" for n in range(12)], object)
    movies.put_nodes(PERSON, {"personId": people})
    movies.put_edges(ACTED_IN, people, np.full(12, "c", object), {"order": np.arange(12)[::-1].copy()})

    catalogue = read_catalogue(movies)

    assert json.loads(catalogue.json(catalogue.row("c")))["actors"] == [f"p{n:02}" for n in range(11, 1, -1)]


def test_a_movie_that_is_not_there_is_named(movies: Graph) -> None:
    with pytest.raises(NotFoundError, match="'nope'"):
        read_catalogue(movies).row("nope")


def test_the_revision_is_that_before_the_read(movies: Graph) -> None:
    assert read_catalogue(movies).revision == movies.read_revision()


def test_ids_that_are_kept_are_the_strings_that_the_catalogue_holds(movies: Graph) -> None:
    """The histories of a hundred thousand users would otherwise hold ten million strings."""
    catalogue = replace(read_catalogue(movies), ids=IdMap(["movie 1", "movie 2"]))
    read = np.array([f"movie {number}" for number in (2, 1, 3)], object)

    own = catalogue.own_ids(read)

    assert own.tolist() == read.tolist()
    assert read[0] is not catalogue.ids.ids[1]
    assert own[0] is catalogue.ids.ids[1]
    assert catalogue.own_ids(np.empty(0, object)).shape == (0,)
