"""How fast ratings and vectors go into either store and out again.

python -m benchmarks.stores [sqlite|neo4j ...]
"""

import contextlib
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from benchmarks.made_up import names, ratings
from shared.graph import EdgeBatch, Graph, open_graph
from shared.local.neo4j import running_neo4j
from shared.schema import MOVIE, RATED, USER, Slot
from shared.settings import GraphSettings

USERS, MOVIES, RATINGS, WIDTH = 6_000, 3_700, 1_000_000, 64
CHUNK = 200_000


@contextlib.contextmanager
def store(kind: str) -> Iterator[Graph]:
    """An empty graph in a store of its own."""
    with contextlib.ExitStack() as parts:
        if kind == "sqlite":
            folder = parts.enter_context(tempfile.TemporaryDirectory())
            settings = GraphSettings(graph_url=f"sqlite:{Path(folder) / 'bench.db'}")
        else:
            neo4j = parts.enter_context(running_neo4j())
            settings = GraphSettings(graph_url=neo4j.url, graph_password=SecretStr(neo4j.password))
        graph = parts.enter_context(open_graph(settings))
        graph.prepare()
        yield graph


def measure(graph: Graph) -> Iterator[tuple[str, int, float]]:
    """Each piece of work with its size and its seconds."""
    data = ratings(USERS, MOVIES, RATINGS)
    rng = np.random.default_rng(0)
    graph.put_nodes(USER, {USER.key: names("u", USERS)})
    graph.put_nodes(MOVIE, {MOVIE.key: names("m", MOVIES)})

    def write() -> None:
        for start in range(0, len(data), CHUNK):
            rows = slice(start, start + CHUNK)
            columns = {"rating": data.stars[rows], "ratedAt": data.times[rows]}
            graph.put_edges(RATED, data.users[rows], data.movies[rows], columns)

    yield "ratings in, first", len(data), seconds(write)
    yield "ratings in, again", len(data), seconds(write)
    users, movies = graph.read_nodes(USER), graph.read_nodes(MOVIE)

    def read() -> None:
        batches = list(graph.read_edges(RATED, users, movies, ("rating", "ratedAt")))
        assert len(EdgeBatch.concatenate(batches, RATED, ("rating", "ratedAt"))) == len(data)

    yield "ratings out", len(data), seconds(read)
    vectors = rng.normal(size=(MOVIES, WIDTH)).astype(np.float32)
    columns = {"embedding": vectors, "inputEmbedding": vectors, "bias": vectors[:, 0]}
    yield "movies' vectors in", MOVIES, seconds(lambda: graph.write_slot(MOVIE, Slot.A, movies.keys, columns))
    yield "movies' vectors out", MOVIES, seconds(lambda: graph.read_slot(MOVIE, Slot.A))


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(kinds: list[str]) -> None:
    """Measure each store and print a table."""
    table = Table(title=f"Stores: ratings of {USERS:,} users and {MOVIES:,} movies, vectors of {WIDTH}")
    for heading in ("store", "work", "rows", "seconds", "rows/s"):
        table.add_column(heading, justify="left" if heading in ("store", "work") else "right")
    for kind in kinds:
        with store(kind) as graph:
            for work, rows, took in measure(graph):
                table.add_row(kind, work, f"{rows:,}", f"{took:.2f}", f"{rows / took:,.0f}")
    console = Console()
    console.print(table)
    console.print(f"peak memory of this client: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1:] or ["sqlite", "neo4j"])
