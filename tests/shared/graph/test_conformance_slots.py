"""What every store does with a model's vectors."""

import numpy as np
import pytest

from shared.errors import ConflictError, InvalidInputError
from shared.graph import Graph
from shared.graph.columns import objects
from shared.graph.port import Columns
from shared.models import checksum
from shared.schema import MOVIE, USER, Slot


def vectors(rows: int, width: int = 4, seed: int = 0) -> Columns:
    random = np.random.default_rng(seed)
    return {
        "embedding": random.standard_normal((rows, width)).astype(np.float32),
        "inputEmbedding": random.standard_normal((rows, width)).astype(np.float32),
        "bias": random.standard_normal(rows).astype(np.float32),
    }


@pytest.fixture
def movies(graph: Graph) -> Graph:
    graph.put_nodes(MOVIE, {"movieId": objects(["b", "a", "c", "é"])})
    return graph


def test_vectors_come_out_bit_by_bit_ordered_by_key(movies: Graph) -> None:
    columns = vectors(3)
    movies.write_slot(MOVIE, Slot.A, objects(["c", "a", "é"]), columns)

    table = movies.read_slot(MOVIE, Slot.A)

    assert table.keys.tolist() == ["a", "c", "é"]
    for name, column in columns.items():
        assert table.columns[name].dtype == np.float32
        assert np.array_equal(table.columns[name], column[[1, 0, 2]])


def test_extreme_floats_survive(movies: Graph) -> None:
    extremes = np.array([[np.finfo(np.float32).max, np.finfo(np.float32).tiny, 1e-45, -0.0]], np.float32)
    movies.write_slot(MOVIE, Slot.A, objects(["a"]), {**vectors(1), "embedding": extremes})

    assert movies.read_slot(MOVIE, Slot.A).columns["embedding"].tobytes() == extremes.tobytes()


def test_the_two_slots_are_apart(movies: Graph) -> None:
    keys, first, second = objects(["a", "b"]), vectors(2, width=4, seed=1), vectors(2, width=6, seed=2)
    movies.write_slot(MOVIE, Slot.A, keys, first)
    movies.write_slot(MOVIE, Slot.B, keys, second)
    assert np.array_equal(movies.read_slot(MOVIE, Slot.A).columns["embedding"], first["embedding"])

    movies.clear_slot(MOVIE, Slot.A)

    assert movies.read_slot(MOVIE, Slot.A).keys.tolist() == []
    assert np.array_equal(movies.read_slot(MOVIE, Slot.B).columns["embedding"], second["embedding"])


def test_a_slot_is_overwritten(movies: Graph) -> None:
    keys, newer = objects(["a", "b"]), vectors(2, seed=2)
    movies.write_slot(MOVIE, Slot.A, keys, vectors(2, seed=1))
    movies.write_slot(MOVIE, Slot.A, keys, newer)
    movies.write_slot(MOVIE, Slot.A, keys, newer)

    assert np.array_equal(movies.read_slot(MOVIE, Slot.A).columns["bias"], newer["bias"])


def test_an_empty_slot_is_read_as_empty_arrays(movies: Graph) -> None:
    table = movies.read_slot(MOVIE, Slot.B)

    assert (len(table.keys), len(table.columns["embedding"]), len(table.columns["bias"])) == (0, 0, 0)
    assert table.columns["embedding"].ndim == 2
    movies.clear_slot(MOVIE, Slot.B)
    movies.write_slot(MOVIE, Slot.B, objects([]), vectors(0))


def test_nodes_that_no_longer_exist_are_passed_over(movies: Graph) -> None:
    columns = vectors(3)
    movies.delete_nodes(MOVIE, ["b"])

    movies.write_slot(MOVIE, Slot.A, objects(["a", "b", "c"]), columns)

    table = movies.read_slot(MOVIE, Slot.A)
    assert table.keys.tolist() == ["a", "c"]
    assert np.array_equal(table.columns["embedding"], columns["embedding"][[0, 2]])


def test_a_node_without_all_slot_properties_is_not_in_the_slot(movies: Graph) -> None:
    columns = vectors(2)
    movies.write_slot(MOVIE, Slot.A, objects(["a", "b"]), {"embedding": columns["embedding"]})
    assert movies.read_slot(MOVIE, Slot.A).keys.tolist() == []

    movies.write_slot(
        MOVIE, Slot.A, objects(["b"]), {"inputEmbedding": columns["inputEmbedding"][1:], "bias": columns["bias"][1:]}
    )

    table = movies.read_slot(MOVIE, Slot.A)
    assert table.keys.tolist() == ["b"]
    assert np.array_equal(table.columns["embedding"], columns["embedding"][1:])


def test_vectors_of_several_widths_are_a_slot_that_is_being_written(movies: Graph) -> None:
    movies.write_slot(MOVIE, Slot.A, objects(["a"]), vectors(1, width=4))
    movies.write_slot(MOVIE, Slot.A, objects(["b"]), vectors(1, width=8))

    with pytest.raises(ConflictError, match=r"Movie\.embeddingA holds vectors of several widths"):
        movies.read_slot(MOVIE, Slot.A)


def test_columns_of_different_lengths_are_refused(movies: Graph) -> None:
    with pytest.raises(InvalidInputError, match="Column bias of slot A of Movie has 1 rows where the ids have 2"):
        movies.write_slot(MOVIE, Slot.A, objects(["a", "b"]), {**vectors(2), "bias": np.ones(1, np.float32)})


def test_users_have_vectors_of_their_own(graph: Graph) -> None:
    graph.put_nodes(USER, {"userId": objects(["u"])})
    graph.write_slot(USER, Slot.A, objects(["u"]), {"embedding": np.array([[1, 2]], np.float32)})

    assert graph.read_slot(USER, Slot.A).columns["embedding"].tolist() == [[1.0, 2.0]]


def test_a_checksum_is_that_of_what_was_written(movies: Graph) -> None:
    movies.write_slot(MOVIE, Slot.A, objects(["c", "a"]), vectors(2, seed=3))
    movies.write_slot(MOVIE, Slot.B, objects(["a", "c"]), {n: c[::-1] for n, c in vectors(2, seed=3).items()})

    first, second = (checksum({MOVIE: movies.read_slot(MOVIE, slot)}) for slot in Slot)

    assert first == second


def test_properties_are_left_alone_by_a_slot(movies: Graph) -> None:
    movies.put_nodes(MOVIE, {"movieId": objects(["a"]), "title": objects(["Alien"])})
    movies.write_slot(MOVIE, Slot.A, objects(["a"]), vectors(1))
    movies.clear_slot(MOVIE, Slot.A)

    record = movies.read_record(MOVIE, "a")

    others = dict.fromkeys(("imdbId", "tmdbId", "posterPath", "language", "year", "properties"))
    assert record == {"movieId": "a", "title": "Alien", **others}


@pytest.mark.slow
def test_five_thousand_movies_of_width_64(graph: Graph) -> None:
    keys = [str(n) for n in range(5_000)]
    graph.put_nodes(MOVIE, {"movieId": objects(keys)})
    columns = vectors(5_000, width=64)
    graph.write_slot(MOVIE, Slot.A, objects(keys), columns)
    graph.index_slot(MOVIE, Slot.A, 64)
    graph.await_indexes()

    table = graph.read_slot(MOVIE, Slot.A)

    order = np.argsort(keys)
    assert table.keys.tolist() == sorted(keys)
    assert np.array_equal(table.columns["inputEmbedding"], columns["inputEmbedding"][order])
    assert graph.check().problems == ()
