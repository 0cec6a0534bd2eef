"""How many recommendations a second one recommender gives, beside the same process's no-op (`/healthz`).

The server runs on one core, the load generator on another, where the machine has two.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import httpx
import numpy as np

from benchmarks.bench import Bench, Subject
from benchmarks.load import get, load_at
from benchmarks.made_up import names
from benchmarks.recommender import HOST, running_recommender
from benchmarks.results import Figure, Findings, Target
from benchmarks.store import Store, empty_store
from benchmarks.versions import WIDTH, fill_up, publish_apart
from benchmarks.wrk import wrk
from services.trainer.recipe import Recipe
from shared.apart import resident_bytes
from shared.graph import Graph, open_graph
from shared.graph.port import Array
from shared.models import UserForm
from shared.schema import ACTED_IN, DIRECTED, HAS_TAG, MOVIE, PERSON, RATED, TAG, USER

_ASKING: Final = 1_000  # users, each with a history
_HISTORY: Final = 100
_ACTORS: Final = 8
_TAGS: Final = 8
_SECONDS: Final = 5.0
_CONNECTIONS: Final = 64
_AT_HALF_SECONDS: Final = 10.0
_MOST_MS: Final = 10.0  # p99 at half of the rate
_MOST_MB: Final = 400.0


@dataclass(frozen=True, slots=True)
class Size:
    """A catalogue with users, both of which have vectors, and what part of the no-op's rate is asked of it.

    Attributes:
        movies: how many, in a full run.
        users: likewise.
        width: of the vectors.
        least: of the no-op's rate, by what is asked for; nothing is asked where it is empty.
    """

    movies: int
    users: int
    width: int
    least: Mapping[str, float]


_DEFAULT_WIDTH: Final = Recipe().width
_SIZES: Final = (
    Size(3_700, 6_000, WIDTH, {"plain": 0.55}),
    Size(3_700, 6_000, _DEFAULT_WIDTH, {}),
    Size(62_000, 138_000, WIDTH, {"plain": 0.35, "filter": 0.3, "diversity": 0.25, "explain": 0.1}),
    Size(62_000, 138_000, _DEFAULT_WIDTH, {}),
)
_ASKED: Final = {
    "plain": "",
    "filter": "&" + urlencode({"filter": 'genre = "Comedy" and year >= 1990'}),
    "diversity": "&diversity=0.3",
    "explain": "&explain=true",
}
"""What is added to the address."""


@contextlib.contextmanager
def on_last_core() -> Iterator[None]:
    """Keep this process off the server's core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def fill(store: Store, movies: int, users: int) -> None:
    """Write movies with metadata, and users, of whom those that ask have histories."""
    rng = np.random.default_rng(0)
    with open_graph(store.settings) as graph:
        fill_up(graph, movies)
        movie_ids, user_ids = graph.read_nodes(MOVIE).keys, names("u", users)
        _describe(graph, movie_ids, rng)
        graph.put_nodes(USER, {"userId": user_ids})
        rated = np.concatenate([rng.choice(movies, _HISTORY, replace=False) for _ in range(_ASKING)])
        stars = np.full(len(rated), 4.5)
        graph.put_edges(RATED, np.repeat(user_ids[:_ASKING], _HISTORY), movie_ids[rated], {"rating": stars})


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
    """All sizes."""
    rows: list[dict[str, Figure]] = []
    targets: list[Target] = []
    for size in _SIZES:
        movies, users = bench.scaled_movies(size.movies), max(_ASKING, bench.scaled(size.users))
        with empty_store(kind) as store:
            fill(store, movies, users)
            publish_apart(bench, store, UserForm.INDUCTIVE, size.width)
            with bench.step(f"{movies:,} movies: requests"):
                found = _rows_of(store)
        rows += [{"movies": movies, "users": users, "width": size.width, **row} for row in found]
        targets += _targets(f"{movies:,} movies", size, found)
    return Findings(rows, targets)


def _rows_of(store: Store) -> list[dict[str, Figure]]:
    paths = {
        asked: [f"/v1/users/u{user}/recommendations?limit=20{more}" for user in range(_ASKING)]
        for asked, more in _ASKED.items()
    }
    with running_recommender(store, ("taskset", "-c", "0")) as recommender, on_last_core():
        url = f"http://{HOST}:{recommender.port}"
        with httpx.Client(base_url=url, trust_env=False) as client:
            for path in [*paths["plain"], *(each[0] for each in paths.values())]:
                assert len(client.get(path).raise_for_status().json()["items"]) == 20, path
        rows = [
            _row(url, asked, paths[asked], connections)
            for asked, connections in (*((asked, _CONNECTIONS) for asked in _ASKED), ("plain", 1))
        ]
        rows.append(_row(url, "search, a word mistyped", _searches(store), 1))
        half = float(rows[0]["requests/s"] or 0) / 2
        requests = [get(path) for path in paths["plain"]]
        paced = load_at(HOST, recommender.port, requests, rate=half, connections=_CONNECTIONS, seconds=_AT_HALF_SECONDS)
        paced_row: dict[str, Figure] = {
            "asked for": "plain, at half of the rate",
            "connections": _CONNECTIONS,
            "requests/s": round(paced.requests_per_second),
            "p50 ms": paced.p50,
            "p99 ms": paced.p99,
            "server's MB": round(resident_bytes(recommender.process.popen.pid) / 1e6),
        }
    return [*rows, paced_row]


def _searches(store: Store) -> list[str]:
    """Titles of movies, a letter of each left out."""
    with open_graph(store.settings) as graph:
        found = graph.read_nodes(MOVIE, ("title",)).columns["title"]
    return ["/v1/movies?" + urlencode({"q": title[:2] + title[3:]}) for title in found[:_ASKING]]


def _row(url: str, asked: str, paths: list[str], connections: int) -> dict[str, Figure]:
    noop, work = (
        wrk(url, of, connections=connections, seconds=_SECONDS) for of in (["/healthz"], paths)
    )  # one after the other, since a machine's speed changes over minutes
    return {
        "asked for": asked,
        "connections": connections,
        "requests/s": round(work.requests_per_second),
        "no-ops/s": round(noop.requests_per_second),
        "of no-op's": work.requests_per_second / noop.requests_per_second,
        "p50 ms": work.p50,
        "p99 ms": work.p99,
    }


def _targets(of: str, size: Size, rows: list[dict[str, Figure]]) -> list[Target]:
    if not size.least:
        return []
    found = [
        Target.at_least(
            f"requests/s over {of}, {asked}", float(row["of no-op's"] or 0), size.least[asked], "of the no-op's"
        )
        for row, asked in zip(rows, _ASKED, strict=False)
        if asked in size.least
    ]
    if size.movies == max(each.movies for each in _SIZES):
        found += [
            Target.at_most(f"p99 over {of} at half of the rate", float(rows[-1]["p99 ms"] or 0), _MOST_MS, "ms"),
            Target.at_most(
                f"memory of one recommender, {of}, {size.users:,} users",
                float(rows[-1]["server's MB"] or 0),
                _MOST_MB,
                "MB",
            ),
        ]
    return found


SUBJECT: Final = Subject(
    "serving",
    "Answering requests",
    f"One recommender on one core, asked by wrk from another. Every user that asks has rated {_HISTORY} movies, which "
    "are left out of the answer; an answer holds 20 movies with all their metadata. The no-op is `/healthz` of the "
    "same process, measured just before. Plain: the best by score; with a filter "
    '(`genre = "Comedy" and year >= 1990`); with diversity .3; each with its explanation. At half of the rate, '
    "requests come at their times whether or not others were answered, and a request's time counts from when it was "
    "due.",
    ("sqlite",),
    measure,
)
