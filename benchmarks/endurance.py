"""Whether a recommender that is asked for long stays as it was: open files, memory, and how long answers take."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.bench import Bench, Subject
from benchmarks.events import requests_of
from benchmarks.load import get, load_at
from benchmarks.made_up import names
from benchmarks.recommender import HOST, Recommender, running_recommender
from benchmarks.results import Figure, Findings, Target
from benchmarks.serving import fill, on_last_core
from benchmarks.store import Store, empty_store
from benchmarks.versions import publish_apart
from shared.apart import resident_bytes
from shared.graph import open_graph
from shared.models import UserForm
from shared.schema import MOVIE

_MOVIES: Final = 62_000
_USERS: Final = 6_000
_MINUTES: Final = 10
_SWAPS: Final = (3, 6)  # in these minutes another version is published
_RATE: Final = 300.0  # requests a second: a part of what the recommender can do, as in a service that is not overloaded
_CONNECTIONS: Final = 32
_PATHS: Final = (
    ("/v1/users/{user}/recommendations?limit=20", 70),
    ("/v1/users/{user}/recommendations?limit=20&diversity=0.3", 5),
    ("/v1/users/{user}/recommendations?limit=20&filter=year%20%3E%3D%201990", 5),
    ("/v1/users/{user}/recommendations?limit=10&explain=true", 5),
    ("/v1/movies?q=the", 5),
)
"""What is asked, of a hundred requests; the other ten are events."""
_MOST_GROWTH: Final = 1.1  # of memory, from the second minute to the last
_MOST_FILES: Final = 1.1
_MOST_SLOWER: Final = 1.5


def measure(bench: Bench, kind: str) -> Findings:
    """A row a minute."""
    rows = []
    with empty_store(kind) as store:
        fill(store, bench.scaled_movies(_MOVIES), _USERS)
        for _ in range(2):  # both slots hold a version, as on every installation that has trained twice
            publish_apart(bench, store, UserForm.INDUCTIVE)
        with running_recommender(store, ("taskset", "-c", "0")) as recommender:
            requests = _requests(store)
            for minute in range(1, _MINUTES + 1):
                with bench.step(f"minute {minute} of {_MINUTES}"), _swap(bench, store, minute), on_last_core():
                    rows.append(_minute(minute, recommender, requests))
    return Findings(rows, _targets(rows))


@contextlib.contextmanager
def _swap(bench: Bench, store: Store, minute: int) -> Iterator[None]:
    """In a minute of `_SWAPS`: publish another version meanwhile."""
    if minute not in _SWAPS:
        yield
        return
    with ThreadPoolExecutor(1) as pool:
        published = pool.submit(publish_apart, bench, store, UserForm.INDUCTIVE)
        yield
        published.result()


def _requests(store: Store) -> list[bytes]:
    """Requests in a random order, as they are sent."""
    rng = np.random.default_rng(0)
    with open_graph(store.settings) as graph:
        movie_ids = graph.read_nodes(MOVIE).keys.tolist()
    users = names("u", _USERS)
    asked = [get(path.format(user=users[rng.integers(_USERS)])) for path, times in _PATHS for _ in range(times * 100)]
    mixed = np.array([*asked, *requests_of(1, 10 * 100, movie_ids)], object)
    return list(rng.permutation(mixed))


def _minute(minute: int, recommender: Recommender, requests: list[bytes]) -> dict[str, Figure]:
    found = load_at(HOST, recommender.port, requests, rate=_RATE, connections=_CONNECTIONS, seconds=60)
    pid = recommender.process.popen.pid
    return {
        "minute": minute,
        "requests": round(found.requests_per_second * 60),
        "p50 ms": found.p50,
        "p99 ms": found.p99,
        "open files": sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
        "server's MB": round(resident_bytes(pid) / 1e6),
    }


def _targets(rows: list[dict[str, Figure]]) -> list[Target]:
    """After the first minute, which fills caches, and once more after each swap: the last beside the best before."""
    settled, last = rows[1], rows[-1]

    def grown(name: str) -> float:
        return float(last[name] or 0) / float(settled[name] or 1)

    unit = "of the second minute's"
    return [
        Target.at_most(f"open files after {_MINUTES} minutes", grown("open files"), _MOST_FILES, unit),
        Target.at_most(f"memory after {_MINUTES} minutes and two swaps", grown("server's MB"), _MOST_GROWTH, unit),
        Target.at_most(f"p99 after {_MINUTES} minutes", grown("p99 ms"), _MOST_SLOWER, unit),
    ]


SUBJECT: Final = Subject(
    "endurance",
    "Answering for ten minutes",
    "One recommender with 62,000 movies on one core, a version in both slots, asked "
    f"{_RATE:g} times a second over {_CONNECTIONS} connections: of a hundred requests 70 plain recommendations, 5 each "
    "with diversity, with a filter and explained, 5 searches, "
    f"and 10 events. In minutes {_SWAPS[0]} and {_SWAPS[1]} another version is published, on the load generator's "
    "core.",
    ("sqlite",),
    measure,
)
