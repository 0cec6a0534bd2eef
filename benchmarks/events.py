"""How many events a second one recommender takes: one in a request, and ten thousand.

The server runs on one core; the load generator, and Neo4j, on the others.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import orjson

from benchmarks.bench import Bench, Subject
from benchmarks.load import load_requests, post
from benchmarks.recommender import HOST, running_recommender
from benchmarks.results import Figure, Findings, Target
from benchmarks.serving import on_last_core
from benchmarks.store import Store, empty_store
from benchmarks.versions import fill_up, publish_apart
from shared.apart import resident_bytes
from shared.events import MAX_EVENTS
from shared.graph import open_graph
from shared.graph.state import STATE_KEY
from shared.models import UserForm
from shared.schema import GRAPH_STATE, MOVIE

_MOVIES: Final = 3_700
_USERS: Final = 6_000
_SECONDS: Final = 8.0
_WARM_UP_SECONDS: Final = 15.0  # Java compiles what is asked often
_SINGLES: Final = 50_000
_BATCHES: Final = 40
_CONNECTIONS: Final = ((1, (64, 1)), (MAX_EVENTS, (2, 1)))  # events in a request, and over how many at once it is sent
_TYPES: Final = ("rate", "like", "dislike", "view", "hide", "watchlist")
_SHARES: Final = (0.5, 0.1, 0.05, 0.25, 0.05, 0.05)
_LEAST: Final = {("sqlite", 1): 1_000, ("sqlite", MAX_EVENTS): 30_000, ("neo4j", 1): 500, ("neo4j", MAX_EVENTS): 30_000}


def measure(bench: Bench, kind: str) -> Findings:
    """Single events and batches, one after the other into the same graph."""
    with empty_store(kind) as store:
        with open_graph(store.settings) as graph:
            fill_up(graph, bench.scaled_movies(_MOVIES))
            movie_ids = graph.read_nodes(MOVIE).keys.tolist()
        publish_apart(bench, store, UserForm.INDUCTIVE)
        with bench.step(f"{store.name}: events"):
            return _measure(store, movie_ids)


def _measure(store: Store, movie_ids: Sequence[str]) -> Findings:
    rows: list[dict[str, Figure]] = []
    targets = []
    with running_recommender(store, ("taskset", "-c", "0")) as recommender, on_last_core():
        for size, all_connections in _CONNECTIONS:
            requests = requests_of(size, _SINGLES if size == 1 else _BATCHES, movie_ids)
            load_requests(HOST, recommender.port, requests, connections=all_connections[0], seconds=_WARM_UP_SECONDS)
            for connections in all_connections:
                before = _event_count(store)
                found = load_requests(HOST, recommender.port, requests, connections=connections, seconds=_SECONDS)
                rate = found.requests_per_second * size
                assert _event_count(store) - before >= rate * _SECONDS, "what was acknowledged is not there"
                rows.append(
                    {
                        "store": store.name,
                        "events in a request": size,
                        "connections": connections,
                        "events/s": round(rate),
                        "p50 ms": found.p50,
                        "p99 ms": found.p99,
                        "server's MB": round(resident_bytes(recommender.process.popen.pid) / 1e6),
                    }
                )
            if least := _LEAST.get((store.kind, size)):
                rate = float(rows[-len(all_connections)]["events/s"] or 0)
                work = f"{store.name}: events/s, {size:,} in a request"
                targets.append(Target.at_least(work, rate, least, "events/s"))
    return Findings(rows, targets)


def requests_of(size: int, count: int, movie_ids: Sequence[str]) -> list[bytes]:
    """Requests of `size` random events each: half are ratings; one in twenty takes something back."""
    rng = np.random.default_rng(size)
    types = rng.choice(_TYPES, count * size, p=_SHARES).tolist()
    users, movies = (rng.integers(0, upto, count * size).tolist() for upto in (_USERS, len(movie_ids)))
    stars, undone = (rng.integers(1, 11, count * size) / 2).tolist(), (rng.random(count * size) < 0.05).tolist()
    events = []
    for type_, user, movie, rating, undo in zip(types, users, movies, stars, undone, strict=True):
        event = {"type": type_, "userId": f"u{user}", "movieId": movie_ids[movie]}
        events.append(event | ({"undo": True} if undo else {"rating": rating} if type_ == "rate" else {}))
    bodies = events if size == 1 else [{"events": events[at : at + size]} for at in range(0, len(events), size)]
    return [post("/v1/events", orjson.dumps(body)) for body in bodies]


def _event_count(store: Store) -> int:
    with open_graph(store.settings) as graph:
        state = graph.read_record(GRAPH_STATE, STATE_KEY)
    return int(state["eventCount"] or 0) if state else 0


SUBJECT: Final = Subject(
    "events",
    "Taking events",
    f"One recommender on one core; the load generator, and Neo4j, on the others. Random events of {_USERS:,} users and "
    f"{_MOVIES:,} movies: half of them ratings, one in twenty takes something back. Each connection sends the next "
    "request once the one before is acknowledged, so once it is in the graph and lasts. Events that come together are "
    "written in one transaction ([decision 21](decisions/0021-events.md)).",
    ("sqlite", "neo4j"),
    measure,
)
