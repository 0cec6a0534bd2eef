"""How cost grows with the data: the exponent of ratings that the time of each piece of work follows."""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from benchmarks.bench import Bench, Subject
from benchmarks.ingest_job import ingest_apart, warm
from benchmarks.plateau import LIKED
from benchmarks.read import read_apart
from benchmarks.results import Figure, Findings, Target
from benchmarks.store import Store, empty_store
from services.trainer.data.interactions import read_interactions
from services.trainer.environment import share_cores
from shared.apart import Stopwatch, Tell
from shared.graph import open_graph
from shared.jobs import TrainRequest
from shared.settings import GraphSettings

_RATINGS: Final = {100_000: 10_000, 1_000_000: 20_000, 10_000_000: 40_000}  # and how many at least in a trial
_FAMILIES: Final[tuple[Literal["inductive", "lightgcn"], ...]] = ("inductive", "lightgcn")
_MOST_EXPONENT: Final = 1.1
_EPOCHS: Final = 3
_ENOUGH_SECONDS: Final = 10.0


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The b of seconds = a · size^b that fits best: least squares of the logarithms.

    >>> round(exponent([1, 10, 100], [3, 30, 300]), 6), round(exponent([1, 2, 4], [1, 4, 16]), 6)
    (1.0, 2.0)
    """
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def do_epochs(tell: Tell, settings: GraphSettings) -> dict[str, float]:
    """Seconds of an epoch of each family: the best of a few where they are short."""
    share_cores()
    from services.trainer.data.batches import Batches
    from services.trainer.data.split import split
    from services.trainer.fitting.selection import default_recipe
    from services.trainer.fitting.training import Training
    from services.trainer.machine import prepare_machine

    device = prepare_machine(None, "auto")
    with open_graph(settings) as graph:
        likes = split(read_interactions(graph), LIKED).select.likes
    best: dict[str, float] = {}
    for family in _FAMILIES:
        recipe = default_recipe(likes, TrainRequest(family=family))
        training, steps, watch = Training(likes, recipe, device), len(Batches(likes, recipe)), Stopwatch()
        taken: list[float] = []
        while len(taken) < _EPOCHS and watch.cost().seconds < _ENOUGH_SECONDS:
            epoch = Stopwatch()
            training.run(tell, steps=training.steps + steps)
            taken.append(epoch.cost().seconds)
        best[family] = min(taken)
    return best


def measure(bench: Bench, kind: str) -> Findings:
    """Each size in an empty store."""
    rows: list[dict[str, Figure]] = []
    for full_ratings, fewest in _RATINGS.items():
        shape, folder = bench.data(full_ratings, fewest)
        with empty_store(kind) as store:
            warm(store)
            ingested = ingest_apart(bench, store, folder).value.cost.seconds
            row: dict[str, Figure] = {
                "store": store.name,
                "ratings": shape.ratings,
                "ingest, s": ingested,
                "read, s": read_apart(bench, store).value[1].seconds,
            }
            rows.append(row | (_epochs(bench, store) if kind == "sqlite" else {}))
    works = [heading for heading in rows[0] if heading.endswith(", s")]
    sizes = [float(row["ratings"] or 0) for row in rows]
    exponents = {work: exponent(sizes, [float(row[work] or 0) for row in rows]) for work in works}
    targets = [
        Target.at_most(
            f"exponent of ratings, {work.removesuffix(', s')} ({rows[0]['store']})", found, _MOST_EXPONENT, ""
        )
        for work, found in exponents.items()
    ]
    return Findings([*rows, {"store": rows[0]["store"], "ratings": "exponent", **exponents}], targets)


def _epochs(bench: Bench, store: Store) -> dict[str, Figure]:
    with bench.step("epochs") as tell:
        found = store.run(do_epochs, tell).value
    return {f"epoch of `{family}`, s": seconds for family, seconds in found.items()}


SUBJECT: Final = Subject(
    "growth",
    "Cost against size",
    "The same work on data sets of three sizes, users in proportion and movies with the root of the ratings, as "
    "MovieLens grew. The last line is the exponent b of seconds = a · ratings^b, by least squares of the logarithms. A "
    "Neo4j is warmed with the built-in sample first.",
    ("sqlite", "neo4j"),
    measure,
)
