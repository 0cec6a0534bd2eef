"""What describes movies, as it is read from a graph."""

import json

import numpy as np

from services.recommender.movies.catalogue import read_catalogue
from services.recommender.movies.connections import WAYS, Connections
from services.recommender.movies.descriptions import Description
from shared.graph import Graph
from shared.schema import ACTED_IN, DIRECTED, HAS_TAG, MOVIE, PERSON, TAG


def strings(*values: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.array(values, object)


def said(connections: Connections, movie: int, way: Description) -> list[str]:
    """The names of what a movie shares with others in one way, in alphabetical order."""
    _, entries = connections.entries(np.array([movie]))
    nodes = connections.nodes[entries[connections.ways[entries] == WAYS.index(way)]]
    return sorted(json.loads(b"{%b}" % connections.fields(node))["name"] for node in nodes.tolist())


def test_the_tags_that_most_people_gave_are_kept_of_those_that_several_movies_have(movies: Graph) -> None:
    names = [f"tag {n:02}" for n in range(12)]
    movies.put_nodes(TAG, {"name": strings(*names, "mine")})
    movies.put_edges(HAS_TAG, np.full(13, "a", object), strings("mine", *names), {"count": np.array([99, *range(12)])})
    movies.put_edges(HAS_TAG, np.full(12, "b", object), strings(*names), {"count": np.full(12, 1)})
    movies.put_edges(HAS_TAG, np.full(12, "c", object), strings(*names), {"count": np.arange(12)[::-1].copy()})

    connections = read_catalogue(movies).connections

    # of a the last ten are kept, of b and c the first ten; the last two are a's alone then
    assert [said(connections, movie, Description.TAG) for movie in range(4)] == [
        names[2:10],
        names[:10],
        names[:10],
        [],
    ]


def test_a_year_that_several_movies_have_is_shared_too(movies: Graph) -> None:
    movies.put_nodes(MOVIE, {"movieId": strings("new", "none"), "year": np.array([1979, -(2**63)])})

    catalogue = read_catalogue(movies)

    rows = [catalogue.row(movie_id) for movie_id in ("a", "new", "none", "b")]
    years = [said(catalogue.connections, row, Description.YEAR) for row in rows]
    assert years == [["1979"], ["1979"], [], []]


def test_people_of_one_name_are_not_taken_for_one_another(movies: Graph) -> None:
    movies.put_nodes(PERSON, {"personId": strings("1", "2"), "name": strings("Ann Lee", "Ann Lee")})
    movies.put_edges(DIRECTED, strings("1", "2", "1"), strings("c", "d", "e"), {})
    movies.put_edges(ACTED_IN, strings("2"), strings("f"), {"order": np.array([0])})

    connections = read_catalogue(movies).connections

    shared = [json.loads(b"{%b}" % connections.fields(node)) for node in range(len(connections.rarity))]
    names = ["Ann Lee", "Ann Lee", "Ridley Scott", "Sci-Fi"]
    assert sorted((one["name"], one["movies"]) for one in shared) == [(name, 2) for name in names]
