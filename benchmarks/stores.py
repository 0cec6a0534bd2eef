"""How fast ratings and vectors go into either store and out again, without the services around it: for tuning.

python -m benchmarks.stores [sqlite|neo4j ...]
"""

import resource
import sys
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from benchmarks.made_up import MadeUp, Shape, names
from benchmarks.page import table
from benchmarks.results import Figure
from benchmarks.store import STORES, empty_store
from benchmarks.versions import WIDTH
from shared.apart import Stopwatch
from shared.graph import EdgeBatch, Graph, open_graph
from shared.schema import MOVIE, RATED, USER, Slot

_SHAPE: Final = Shape.of(1_000_000)


def measure(graph: Graph) -> Iterator[tuple[str, int, Callable[[], object]]]:
    """Each piece of work, with how many rows it has."""
    chunks = list(MadeUp(_SHAPE).chunks())
    user_ids, movie_ids = names("u", _SHAPE.users), names("m", _SHAPE.movies)
    graph.put_nodes(USER, {USER.key: user_ids})
    graph.put_nodes(MOVIE, {MOVIE.key: movie_ids})

    def write() -> None:
        for chunk in chunks:
            columns = {"rating": chunk.stars, "ratedAt": chunk.times * 1_000}
            graph.put_edges(RATED, user_ids[chunk.users], movie_ids[chunk.movies], columns)

    yield "ratings in, first", _SHAPE.ratings, write
    yield "ratings in, again", _SHAPE.ratings, write
    users, movies = graph.read_nodes(USER), graph.read_nodes(MOVIE)

    def read() -> None:
        batches = list(graph.read_edges(RATED, users, movies, ("rating", "ratedAt")))
        assert len(EdgeBatch.concatenate(batches, RATED, ("rating", "ratedAt"))) == _SHAPE.ratings

    yield "ratings out", _SHAPE.ratings, read
    vectors = np.random.default_rng(0).normal(size=(_SHAPE.movies, WIDTH)).astype(np.float32)
    columns = {"embedding": vectors, "inputEmbedding": vectors, "bias": vectors[:, 0]}
    yield "movies' vectors in", _SHAPE.movies, lambda: graph.write_slot(MOVIE, Slot.A, movies.keys, columns)
    yield "movies' vectors out", _SHAPE.movies, lambda: graph.read_slot(MOVIE, Slot.A)


def main(kinds: list[str]) -> None:
    """Measure each store and print a table."""
    rows: list[dict[str, Figure]] = []
    for kind in kinds:
        with empty_store(kind) as store, open_graph(store.settings) as graph:
            for work, count, do in measure(graph):
                watch = Stopwatch()
                do()
                cost = watch.cost()
                figures = {"seconds": cost.seconds, "CPU s": cost.cpu_seconds, "rows/s": round(count / cost.seconds)}
                rows.append({"store": store.name, "work": work, "rows": count, **figures})
    print(table(rows))
    print(f"peak memory of this client: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1:] or list(STORES))
