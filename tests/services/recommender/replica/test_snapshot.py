"""What is served while parts are put in, in either order."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from services.recommender.movies.catalogue import read_catalogue
from services.recommender.replica.snapshot import Serving
from shared.errors import ConflictError
from shared.graph import Graph
from shared.graph.port import SlotTable
from shared.ids import Rows
from shared.models import ServedVectors, read_served_vectors
from shared.schema import MOVIE


@pytest.fixture
def vectors(movies: Graph, publish: Callable[..., None]) -> ServedVectors:
    publish("v1")
    found = read_served_vectors(movies)
    assert found is not None
    return found


def rows_of(serving: Serving) -> Mapping[str, int]:
    """The model's row of each movie of the catalogue."""
    snapshot = serving.snapshot
    rows: Rows = snapshot.require_model().row_of
    return dict(zip(snapshot.catalogue.ids.ids, rows.tolist(), strict=True))


@pytest.mark.parametrize("is_catalogue_first", [True, False])
def test_parts_may_come_in_either_order(movies: Graph, vectors: ServedVectors, *, is_catalogue_first: bool) -> None:
    serving = Serving()
    if is_catalogue_first:
        serving.put_catalogue(read_catalogue(movies))
        serving.put_vectors(vectors)
    else:
        serving.put_vectors(vectors)
        serving.put_catalogue(read_catalogue(movies))

    assert rows_of(serving) == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "f": -1}


def test_a_new_catalogue_keeps_the_version_and_drops_movies_that_are_gone(
    movies: Graph, vectors: ServedVectors
) -> None:
    serving = Serving()
    serving.put_catalogue(read_catalogue(movies))
    serving.put_vectors(vectors)
    before = serving.snapshot
    movies.delete_nodes(MOVIE, ["b"])
    serving.put_catalogue(read_catalogue(movies))

    assert rows_of(serving) == {"a": 0, "c": 1, "d": 2, "e": 3, "f": -1}
    assert serving.snapshot.require_model().version == vectors.version
    assert before.require_model().row_of.tolist() == [0, 1, 2, 3, 4, -1]  # a request under way keeps what it took


def test_vectors_of_another_width_than_their_version_says_are_refused(movies: Graph, vectors: ServedVectors) -> None:
    serving = Serving()
    serving.put_catalogue(read_catalogue(movies))
    serving.put_vectors(vectors)
    columns = {**vectors.movies.columns, "inputEmbedding": np.zeros((5, 3), np.float32)}
    wrong = replace(vectors, movies=SlotTable(vectors.movies.keys, columns))

    with pytest.raises(ConflictError, match="inputEmbedding is 3"):
        serving.put_vectors(wrong)

    assert serving.snapshot.require_model().vectors.inputs.shape == (5, 2)


def test_no_version_may_be_in_service_again(movies: Graph, vectors: ServedVectors) -> None:
    serving = Serving()
    serving.put_catalogue(read_catalogue(movies))
    serving.put_vectors(vectors)
    serving.put_vectors(None)

    assert serving.snapshot.model is None
    assert serving.snapshot.model_name == b"null"
