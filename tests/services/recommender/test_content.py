"""What describes movies, as it is read from a graph."""

import json

import numpy as np

from services.recommender.catalogue import read_catalogue
from services.recommender.content import Description, read_content
from shared.graph import Graph
from shared.schema import ACTED_IN, DIRECTED, HAS_TAG, MOVIE, PERSON, TAG


def test_the_tags_that_most_people_gave_are_kept_and_one_movies_own_are_not(movies: Graph) -> None:
    names = [f"tag {n:02}" for n in range(12)]
    movies.put_nodes(TAG, {"name": np.array([*names, "mine"], object)})
    of_a = np.array(["mine", *names], object)
    movies.put_edges(HAS_TAG, np.full(13, "a", object), of_a, {"count": np.array([99, *range(12)])})
    movies.put_edges(HAS_TAG, np.full(12, "b", object), of_a[1:], {"count": np.full(12, 1)})

    content = read_content(movies, movies.read_nodes(MOVIE, ("year",)))

    a, b = content.names_of(Description.TAG)[:2]
    assert a == names[:1:-1]
    assert b == names[:10]


def test_years_are_what_movies_are_described_by_too(movies: Graph) -> None:
    table = movies.read_nodes(MOVIE, ("year",))
    movies.put_nodes(MOVIE, {"movieId": np.array(["new"], object)})

    content = read_content(movies, movies.read_nodes(MOVIE, ("year",)))

    assert content.names_of(Description.YEAR) == [[str(year)] for year in table.columns["year"]] + [[]]


def test_people_of_one_name_are_not_taken_for_one_another(movies: Graph) -> None:
    movies.put_nodes(PERSON, {"personId": np.array(["1", "2"], object), "name": np.full(2, "Ann Lee", object)})
    movies.put_edges(DIRECTED, np.array(["1", "2", "1"], object), np.array(["c", "d", "e"], object), {})
    movies.put_edges(ACTED_IN, np.array(["2"], object), np.array(["f"], object), {"order": np.array([0])})

    connections = read_catalogue(movies).connections

    shared = [json.loads(b"{%b}" % connections.fields(node)) for node in range(len(connections.rarity))]
    names = ["Ann Lee", "Ann Lee", "Ridley Scott", "Sci-Fi"]
    assert sorted((one["name"], one["movies"]) for one in shared) == [(name, 2) for name in names]
