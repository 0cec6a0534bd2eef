"""Ratings into a graph through an ingest job: the first load, and the same again."""

from typing import Final

from benchmarks.bench import Bench, Subject
from benchmarks.ingest_job import figures, ingest_apart, warm
from benchmarks.results import Figure, Findings, Target
from benchmarks.store import empty_store

RATINGS: Final = 1_000_000
LEAST_A_SECOND: Final = {"sqlite": 300_000, "neo4j": 75_000}


def measure(bench: Bench, kind: str) -> Findings:
    """Both loads into an empty store."""
    shape, folder = bench.data(RATINGS)
    rows: list[dict[str, Figure]] = []
    targets = []
    with empty_store(kind) as store:
        warm(store)
        for load in ("first load", "again"):
            done = ingest_apart(bench, store, folder)
            rate = shape.ratings / done.value.cost.seconds
            rows.append({"store": store.name, "work": load, **figures(shape.ratings, done)})
            work = f"ratings into {store.name}, {load}"
            targets.append(Target.at_least(work, rate, LEAST_A_SECOND[kind], "ratings/s"))
    return Findings(rows, targets)


SUBJECT: Final = Subject(
    "ingest",
    "Ratings into the graph",
    "A made-up data set in the form of MovieLens 20M, in an ingest job as a worker does it: from the file on disk to "
    "the end of the job, parsing and cleaning included. Worker and server have done a small job before. `CPU s` and "
    "`peak MB` are the worker's.",
    ("sqlite", "neo4j"),
    measure,
)
