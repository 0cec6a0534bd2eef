"""Twenty million ratings into a graph."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from benchmarks.bench import FULL_RATINGS, Bench, Subject
from benchmarks.ingest import RATINGS as PART
from benchmarks.ingest_job import Ingested, figures, ingest_apart, warm
from benchmarks.made_up import Shape
from benchmarks.results import Findings, Target, shown
from benchmarks.store import Store, empty_store
from shared.apart import Apart

_WORKER_MEGABYTES: Final = 1_000
_LEAST_OF_FIRST_RATE: Final = 0.7


@dataclass(frozen=True, slots=True)
class Loaded:
    """A store that holds the large data set, and what loading it came to."""

    store: Store
    shape: Shape
    done: Apart[Ingested]


def loaded(bench: Bench, kind: str) -> Loaded:
    """The large data set in a store, loaded when it is first asked for."""

    @contextlib.contextmanager
    def load() -> Iterator[Loaded]:
        shape, folder = bench.data(FULL_RATINGS)
        with empty_store(kind) as store:
            warm(store)
            yield Loaded(store, shape, ingest_apart(bench, store, folder))

    return bench.kept(kind, load)


def measure(bench: Bench, kind: str) -> Findings:
    """Load it, and compare the last part with the first."""
    found = loaded(bench, kind)
    ratings, ingested = found.shape.ratings, found.done.value
    count = bench.scaled(PART)
    part = count / ratings
    first = count / ingested.seconds_between(0, part)
    last = count / ingested.seconds_between(1 - part, 1)
    row = {
        "store": found.store.name,
        "users": found.shape.users,
        "movies": found.shape.movies,
        **figures(ratings, found.done),
        f"first {count:,}, ratings/s": round(first),
        f"last {count:,}, ratings/s": round(last),
    }
    work = f"{ratings:,} ratings into {found.store.name}"
    peak = found.done.peak_bytes / 1e6
    targets = [
        Target(work, "ends", f"ended after {shown(ingested.cost.seconds)} s", holds=True),
        Target.at_most(f"{work}, memory of the worker", round(peak), _WORKER_MEGABYTES, "MB"),
        Target.at_least(f"{work}, rate of the last {count:,}", last / first, _LEAST_OF_FIRST_RATE, "of the first's"),
    ]
    return Findings([row], targets)


SUBJECT: Final = Subject(
    "large",
    "A large data set into the graph",
    "The same job with 20 million ratings, in the order of MovieLens: by user, then movie.",
    ("sqlite", "neo4j"),
    measure,
)
