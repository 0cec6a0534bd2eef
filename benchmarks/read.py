"""All ratings out of the graph, into the trainer's arrays."""

from typing import Final

from benchmarks.bench import Bench, Subject
from benchmarks.large import loaded
from benchmarks.results import Figure, Findings, Target
from benchmarks.store import Store
from services.trainer.data.interactions import read_interactions
from shared.apart import Apart, Cost, Stopwatch, Tell
from shared.graph import open_graph
from shared.settings import GraphSettings

_MOST_SECONDS: Final = {"sqlite": 40, "neo4j": 75}


def do_read(tell: Tell, settings: GraphSettings) -> tuple[int, Cost]:
    """How many ratings there are, and what reading them took."""
    with open_graph(settings) as graph:
        watch = Stopwatch()
        ratings = len(read_interactions(graph, tell))
        return ratings, watch.cost()


def read_apart(bench: Bench, store: Store) -> Apart[tuple[int, Cost]]:
    """`do_read` in a process of its own."""
    with bench.step(f"{store.name}: read") as tell:
        return store.run(do_read, tell)


def measure(bench: Bench, kind: str) -> Findings:
    """Read the large data set."""
    found = loaded(bench, kind)
    done = read_apart(bench, found.store)
    ratings, cost = done.value
    assert ratings == found.shape.ratings, f"{ratings:,} of {found.shape.ratings:,} ratings came out"
    row: dict[str, Figure] = {
        "store": found.store.name,
        "ratings": ratings,
        "ratings/s": round(ratings / cost.seconds),
        **done.figures(cost),
    }
    work = f"{ratings:,} ratings out of {found.store.name} into the trainer's arrays"
    return Findings([row], [Target.at_most(work, cost.seconds, _MOST_SECONDS[kind], "s")])


SUBJECT: Final = Subject(
    "read",
    "The same out of the graph",
    "What a training does first: all ratings into arrays of rows, stars and times, in one order for every store.",
    ("sqlite", "neo4j"),
    measure,
)
