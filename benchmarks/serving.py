"""How many recommendations a second one recommender gives, beside the same process's no-op (`/healthz`).

The server runs on one core, the load generator on another, where the machine has two.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import Final

import httpx
import numpy as np

from benchmarks.bench import Bench, Subject
from benchmarks.load import load
from benchmarks.made_up import names
from benchmarks.recommender import HOST, running_recommender
from benchmarks.results import Figure, Findings, Target
from benchmarks.store import Store, empty_store
from benchmarks.versions import WIDTH, fill_up, publish_apart
from shared.apart import resident_bytes
from shared.graph import Graph, open_graph
from shared.graph.port import Array
from shared.models import UserForm
from shared.schema import ACTED_IN, DIRECTED, HAS_TAG, MOVIE, PERSON, RATED, TAG, USER

_MOVIES: Final = (3_700, 62_000)
_USERS: Final = 1_000
_HISTORY: Final = 100
_ACTORS: Final = 8
_TAGS: Final = 8
_SECONDS: Final = 5.0
_CONNECTIONS: Final = (64, 1)
_LEAST_OF_NOOP: Final = 0.25
_LEAST_EXPLAINED: Final = 0.1


@contextlib.contextmanager
def on_last_core() -> Iterator[None]:
    """Keep this process off the server's core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def fill(store: Store, movies: int) -> None:
    """Write movies with metadata, and users with histories."""
    rng = np.random.default_rng(0)
    with open_graph(store.settings) as graph:
        fill_up(graph, movies)
        movie_ids, user_ids = graph.read_nodes(MOVIE).keys, names("u", _USERS)
        _describe(graph, movie_ids, rng)
        graph.put_nodes(USER, {"userId": user_ids})
        rated = np.concatenate([rng.choice(movies, _HISTORY, replace=False) for _ in range(_USERS)])
        stars = np.full(len(rated), 4.5)
        graph.put_edges(RATED, np.repeat(user_ids, _HISTORY), movie_ids[rated], {"rating": stars})


def _describe(graph: Graph, movie_ids: Array, rng: np.random.Generator) -> None:
    """Give movies directors, actors and tags, so that answers are as large, and explanations as long, as real ones."""
    n = len(movie_ids)
    people, tags = names("p", n), names("tag ", n // 4)
    graph.put_nodes(PERSON, {"personId": people, "name": names("First Last ", n)})
    graph.put_nodes(TAG, {"name": tags})
    for kind, each, of in ((DIRECTED, 1, people), (ACTED_IN, _ACTORS, people), (HAS_TAG, _TAGS, tags)):
        movies = np.repeat(movie_ids, each)
        described = of[(len(of) * rng.random(len(movies)) ** 2).astype(np.int64)]  # few of much, and many of little
        sources, targets = (described, movies) if kind.target is MOVIE else (movies, described)
        numbers = {property_.name: np.tile(np.arange(each), n) for property_ in kind.properties}
        graph.put_edges(kind, sources, targets, numbers)
    graph.bump_revision()


def measure(bench: Bench, kind: str) -> Findings:
    """Both sizes of catalogues."""
    rows: list[dict[str, Figure]] = []
    targets = []
    for full_movies in _MOVIES:
        movies = bench.scaled_movies(full_movies)
        with empty_store(kind) as store:
            fill(store, movies)
            publish_apart(bench, store, UserForm.INDUCTIVE)
            with bench.step(f"{movies:,} movies: requests"):
                found = _rows_of(store, movies)
        rows += found
        if full_movies == max(_MOVIES):
            work = f"requests/s over {movies:,} movies, {found[0]['connections']} connections"
            ratio = float(found[0]["of no-op's"] or 0)
            targets.append(Target.at_least(work, ratio, _LEAST_OF_NOOP, "of the no-op's"))
            ratio = float(found[-1]["of no-op's"] or 0)
            targets.append(Target.at_least(f"{work}, explained", ratio, _LEAST_EXPLAINED, "of the no-op's"))
    return Findings(rows, targets)


def _rows_of(store: Store, movies: int) -> list[dict[str, Figure]]:
    paths = [f"/v1/users/u{user}/recommendations?limit=20" for user in range(_USERS)]
    explained = [f"{path}&explain=true" for path in paths]
    rows: list[dict[str, Figure]] = []
    with running_recommender(store, ("taskset", "-c", "0")) as recommender, on_last_core():
        with httpx.Client(base_url=f"http://{HOST}:{recommender.port}", trust_env=False) as client:
            for path in paths:
                assert len(client.get(path).raise_for_status().json()["items"]) == 20
        for connections, asked_for in (*((number, paths) for number in _CONNECTIONS), (_CONNECTIONS[0], explained)):
            noop, work = (
                load(HOST, recommender.port, asked, connections=connections, seconds=_SECONDS)
                for asked in (["/healthz"], asked_for)
            )
            rows.append(
                {
                    "movies": movies,
                    "connections": connections,
                    "explained": "yes" if asked_for is explained else "no",
                    "requests/s": round(work.requests_per_second),
                    "of no-op's": work.requests_per_second / noop.requests_per_second,
                    "p50 ms": work.p50,
                    "of no-op's p50": work.p50 / noop.p50,
                    "p99 ms": work.p99,
                    "of no-op's p99": work.p99 / noop.p99,
                    "no-ops/s": round(noop.requests_per_second),
                    "server's MB": round(resident_bytes(recommender.process.popen.pid) / 1e6),
                }
            )
    return rows


SUBJECT: Final = Subject(
    "serving",
    "Answering requests",
    f"One recommender on one core, asked from another over connections that each ask again at once. Vectors are "
    f"{WIDTH} wide; every user has rated {_HISTORY} movies, which are left out of the answer; an answer holds 20 "
    "movies with all their metadata. The no-op is `/healthz` of the same process.",
    ("sqlite",),
    measure,
)
