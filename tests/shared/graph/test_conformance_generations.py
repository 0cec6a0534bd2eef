"""What every store does with relationships that are kept in generations."""

from collections import defaultdict

import numpy as np
import pytest

from shared.errors import InvalidInputError
from shared.graph import Graph
from shared.graph.columns import objects
from shared.graph.neo4j import edges as neo4j_edges
from shared.schema import MOVIE, RECOMMENDED, USER

PROPERTIES = ("rank", "score", "version", "batchId")


@pytest.fixture
def people(graph: Graph) -> Graph:
    """Users u, v, w and movies 1, 2, 3."""
    graph.put_nodes(USER, {"userId": objects(["u", "v", "w"])})
    graph.put_nodes(MOVIE, {"movieId": objects(["1", "2", "3"])})
    return graph


def put(graph: Graph, generation: str, lists: dict[str, str]) -> None:
    """Each user's movies, best first, with a score of minus the rank."""
    rows = [(user, movie, rank) for user, movies in lists.items() for rank, movie in enumerate(movies, start=1)]
    users, movies, ranks = zip(*rows, strict=True)
    columns = {
        "rank": np.array(ranks),
        "score": -np.array(ranks, float),
        "version": np.full(len(ranks), f"of {generation}", object),
    }
    graph.put_generation(RECOMMENDED, generation, objects(users), objects(movies), columns)


def lists_of(graph: Graph) -> dict[str, dict[str, str]]:
    """Generation to user to movies, best first."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for user in "uvw":
        edges = graph.edges_from(RECOMMENDED, user, PROPERTIES)
        assert edges is not None
        columns = [edges[1][name].tolist() for name in PROPERTIES]
        for rank, movie, score, version, generation in sorted(
            zip(columns[0], edges[0].tolist(), *columns[1:], strict=True)
        ):
            assert (score, version) == (-rank, f"of {generation}")
            found[generation][user] = found[generation].get(user, "") + movie
    return dict(found)


def test_a_generation_lies_beside_another_between_the_same_nodes(people: Graph) -> None:
    put(people, "a", {"u": "12", "v": "3"})
    put(people, "b", {"u": "21", "w": "1"})

    assert lists_of(people) == {"a": {"u": "12", "v": "3"}, "b": {"u": "21", "w": "1"}}
    assert people.check().edges["RECOMMENDED"] == 6
    assert not people.check().problems


def test_writing_a_source_again_replaces_what_it_has_in_that_generation_alone(people: Graph) -> None:
    put(people, "a", {"u": "123", "v": "3"})
    put(people, "b", {"u": "123"})
    put(people, "a", {"u": "3"})

    assert lists_of(people) == {"a": {"u": "3", "v": "3"}, "b": {"u": "123"}}


def test_all_generations_but_one_are_deleted_from_the_sources_that_are_named(people: Graph) -> None:
    put(people, "a", {"u": "12", "v": "3"})
    put(people, "b", {"u": "21", "v": "1"})

    assert people.delete_generations(RECOMMENDED, ["u", "nobody"], but="b") == 2
    assert lists_of(people) == {"a": {"v": "3"}, "b": {"u": "21", "v": "1"}}
    assert people.delete_generations(RECOMMENDED, ["u", "v"], but=None) == 4
    assert lists_of(people) == {}


def test_rows_whose_ends_are_gone_are_passed_over(people: Graph) -> None:
    put(people, "a", {"u": "1x2", "nobody": "1", "v": "3"})

    edges = people.edges_from(RECOMMENDED, "u", ("rank",))
    assert edges is not None
    assert dict(zip(edges[0].tolist(), edges[1]["rank"].tolist(), strict=True)) == {"1": 1, "2": 3}
    assert people.check().edges["RECOMMENDED"] == 3


def test_many_rows_are_written_in_parts_that_keep_a_source_together(
    people: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neo4j_edges, "ROWS_A_TRANSACTION", 2)
    put(people, "a", {"u": "1"})

    put(people, "a", {"u": "123", "v": "2", "w": "31"})

    assert lists_of(people) == {"a": {"u": "123", "v": "2", "w": "31"}}


def test_columns_of_other_lengths_are_refused(people: Graph) -> None:
    with pytest.raises(InvalidInputError, match="Column rank of RECOMMENDED has 2 rows where the ids have 1"):
        people.put_generation(RECOMMENDED, "a", objects(["u"]), objects(["1"]), {"rank": np.array([1, 2])})

    assert lists_of(people) == {}


def test_a_deleted_movie_takes_its_relationships_of_all_generations_with_it(people: Graph) -> None:
    put(people, "a", {"u": "12"})
    put(people, "b", {"u": "21"})

    people.delete_nodes(MOVIE, ["1"])

    assert people.check().edges["RECOMMENDED"] == 2
