"""How many recommendations a second one recommender gives, beside the same process's no-op (`/healthz`).

    python -m benchmarks.serving

The server runs on one core, the load generator on another, where the machine has two. Every user has rated 100 movies,
which are left out of the answer; an answer holds 20 movies with all their metadata.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.load import load
from benchmarks.made_up import names
from shared.graph import Graph, open_graph
from shared.local.process import free_port, running
from shared.local.redis import running_redis
from shared.local.stack import answers
from shared.models import RANKING, ServingParameters, UserForm, VersionState, parameters_json
from shared.schema import GENRE, IN_GENRE, MODEL_VERSION, MOVIE, RATED, SERVES, USER, Slot
from shared.scoring import normalise
from shared.settings import GraphSettings

WIDTH: Final = 64
USERS: Final = 1_000
HISTORY: Final = 100
SECONDS: Final = 5.0


def fill(graph: Graph, movies: int) -> None:
    """Write movies with metadata, users with histories, and a version that is served."""
    rng = np.random.default_rng(0)
    graph.prepare()
    movie_ids, user_ids = names("m", movies), names("u", USERS)
    titles = np.array([f"The Long Made-Up Title of Movie {number}" for number in range(movies)], object)
    graph.put_nodes(MOVIE, {"movieId": movie_ids, "title": titles, "year": rng.integers(1930, 2025, movies)})
    graph.put_nodes(USER, {"userId": user_ids})
    genres = np.array(["Action", "Comedy", "Drama", "Horror", "Sci-Fi"], object)
    graph.put_nodes(GENRE, {"name": genres})
    graph.put_edges(IN_GENRE, np.repeat(movie_ids, 2), genres[rng.integers(0, 5, 2 * movies)], {})
    rated = np.concatenate([rng.choice(movies, HISTORY, replace=False) for _ in range(USERS)])
    stars = np.full(len(rated), 4.5)
    graph.put_edges(RATED, np.repeat(user_ids, HISTORY), movie_ids[rated], {"rating": stars})
    vectors = normalise(rng.normal(size=(movies, WIDTH)).astype(np.float32))
    bias = rng.normal(size=movies).astype(np.float32)
    graph.write_slot(MOVIE, Slot.A, movie_ids, {"embedding": vectors, "inputEmbedding": vectors, "bias": bias})
    parameters = ServingParameters("inductive", UserForm.INDUCTIVE, WIDTH, temperature=0.2, like_threshold=4.0)
    graph.create_record(
        MODEL_VERSION,
        {
            "version": "made-up",
            "state": VersionState.READY.value,
            "slot": Slot.A.value,
            "parameters": parameters_json(parameters),
            "metrics": "{}",
            "report": json.dumps({"made": "up"}),
            "createdAt": 0,
            "movies": movies,
            "users": 0,
            "width": WIDTH,
        },
    )
    assert graph.move_pointer(SERVES, RANKING, expected=None, target="made-up")


@contextmanager
def served(movies: int) -> Iterator[tuple[str, int, float]]:
    """A recommender on one core over `movies` movies: its host and port, and the seconds from its start to ready."""
    with tempfile.TemporaryDirectory() as folder, running_redis() as redis_url:
        settings = GraphSettings(graph_url=f"sqlite:{Path(folder) / 'bench.db'}")
        with open_graph(settings) as graph:
            fill(graph, movies)
        port = free_port()
        environment = {
            "MARQUEE_GRAPH_URL": settings.graph_url,
            "MARQUEE_REDIS_URL": redis_url,
            "MARQUEE_PORT": str(port),
            "MARQUEE_HISTORY_TTL_SECONDS": "3600",
        }
        command = ["taskset", "-c", "0", sys.executable, "-m", "shared.cli", "recommender"]
        start = time.perf_counter()
        with running("recommender", command, log=Path(folder) / "log", env=environment) as process:
            process.wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), timeout_seconds=120)
            yield "127.0.0.1", port, time.perf_counter() - start


def main() -> None:
    """Measure both sizes and print a table."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    table = Table(title=f"Serving on one core: vectors of {WIDTH}, histories of {HISTORY}, 20 movies an answer")
    for heading in ("movies", "request", "connections", "requests/s", "of no-op", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="left" if heading == "request" else "right")
    console = Console()
    for movies in (3_700, 62_000):
        with served(movies) as (host, port, ready):
            console.print(f"{movies:,} movies: ready {ready:.1f} s after its start")
            paths = [f"/v1/users/u{user}/recommendations?limit=20" for user in range(USERS)]
            with httpx.Client(base_url=f"http://{host}:{port}") as client:
                for path in paths:
                    assert len(client.get(path).raise_for_status().json()["items"]) == 20
            for connections in (64, 1):
                noop = load(host, port, ["/healthz"], connections=connections, seconds=SECONDS)
                work = load(host, port, paths, connections=connections, seconds=SECONDS)
                for name, run in (("no-op", noop), ("recommend", work)):
                    ratio = run.requests_per_second / noop.requests_per_second
                    figures = f"{run.requests_per_second:,.0f}", f"{ratio:.2f}", f"{run.p50:.2f}", f"{run.p99:.2f}"
                    table.add_row(f"{movies:,}", name, str(connections), *figures)
    console.print(table)


if __name__ == "__main__":
    main()
