"""What every store does with several writes in one transaction, with nodes by key, and with what leads to a node."""

import numpy as np
import pytest

from shared.errors import NotFoundError
from shared.graph import Graph, UnknownEndpointsError
from shared.graph.columns import objects
from shared.schema import ACTED_IN, GENRE, IN_GENRE, MOVIE, PERSON, USER


def test_what_is_written_atomically_is_there_together(graph: Graph) -> None:
    def work(tx: Graph) -> int:
        tx.put_nodes(MOVIE, {"movieId": objects(["1"])})
        tx.put_nodes(GENRE, {"name": objects(["War"])})
        tx.put_edges(IN_GENRE, objects(["1"]), objects(["War"]), {})
        assert tx.read_records(MOVIE, ["1"])  # it sees what it has written
        return tx.bump_revision()

    revision = graph.atomically(work)

    assert graph.read_revision() == revision
    found = graph.edges_from(IN_GENRE, "1")
    assert found is not None
    assert found[0].tolist() == ["War"]


def test_where_atomic_work_fails_nothing_of_it_is_written(graph: Graph) -> None:
    before = graph.read_revision()

    def work(tx: Graph) -> None:
        tx.bump_revision()
        tx.put_nodes(MOVIE, {"movieId": objects(["1"]), "title": objects(["Heat"])})
        tx.put_edges(IN_GENRE, objects(["1"]), objects(["nothing"]), {})

    with pytest.raises(UnknownEndpointsError):
        graph.atomically(work)

    assert graph.read_record(MOVIE, "1") is None
    assert graph.read_revision() == before


def test_what_atomic_work_raises_comes_out(graph: Graph) -> None:
    def work(tx: Graph) -> None:
        tx.put_nodes(USER, {"userId": objects(["u"])})
        raise NotFoundError("nothing there")

    with pytest.raises(NotFoundError, match="nothing there"):
        graph.atomically(work)

    assert graph.read_record(USER, "u") is None


def test_an_exact_write_removes_what_is_missing(graph: Graph) -> None:
    keys = objects(["1", "2"])
    graph.put_nodes(MOVIE, {"movieId": keys, "title": objects(["Heat", "Ran"]), "year": np.array([1995, 1985])})

    graph.put_nodes(MOVIE, {"movieId": keys, "title": objects([None, "Kagemusha"])}, exact=True)

    found = graph.read_records(MOVIE, ["1", "2"])
    assert {key: (record["title"], record["year"]) for key, record in found.items()} == {
        "1": (None, 1995),
        "2": ("Kagemusha", 1985),
    }


def test_records_are_read_by_key_and_listed_in_their_order(graph: Graph) -> None:
    graph.put_nodes(USER, {"userId": objects(["b", "a", "é", "10", "9"])})

    assert set(graph.read_records(USER, ["a", "nobody", "é", "a"])) == {"a", "é"}
    assert [user["userId"] for user in graph.list_records(USER, after=None, limit=3)] == ["10", "9", "a"]
    assert [user["userId"] for user in graph.list_records(USER, after="a", limit=3)] == ["b", "é"]
    assert [user["userId"] for user in graph.list_records(USER, after="95", limit=1)] == ["a"]


def test_what_leads_to_a_node_is_found_from_there(graph: Graph) -> None:
    graph.put_nodes(MOVIE, {"movieId": objects(["1", "2"])})
    graph.put_nodes(PERSON, {"personId": objects(["p", "q", "r"])})
    graph.put_edges(ACTED_IN, objects(["q", "p", "r"]), objects(["1", "1", "2"]), {"order": np.array([0, 1, 0])})

    found = graph.edges_to(ACTED_IN, "1", ["order"])

    assert found is not None
    assert sorted(zip(found[0].tolist(), found[1]["order"].tolist(), strict=True)) == [("p", 1), ("q", 0)]
    assert graph.edges_to(ACTED_IN, "3") is None
    graph.delete_nodes(PERSON, ["p", "q"])
    empty = graph.edges_to(ACTED_IN, "1", ["order"])
    assert empty is not None
    assert len(empty[0]) == 0
