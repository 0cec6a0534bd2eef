"""Publishing the vectors of a large catalogue, and how soon a recommender that runs serves them."""

import time
from typing import Final

from benchmarks.bench import Bench, Subject
from benchmarks.large import loaded
from benchmarks.polling import polling
from benchmarks.recommender import Recommender, running_recommender
from benchmarks.results import Figure, Findings, Target
from benchmarks.store import Store
from benchmarks.versions import WIDTH, Published, fill_up, publish_apart
from shared.apart import Apart, cpu_seconds, peak_bytes
from shared.errors import MarqueeError
from shared.graph import open_graph
from shared.models import UserForm, activate

MOVIES: Final = 62_000
_FORMS: Final = (UserForm.ID, UserForm.INDUCTIVE)  # of the versions that are published while a recommender serves
_POLL_SECONDS: Final = 0.01
_PATIENCE_SECONDS: Final = 120.0
_PUBLISH_SECONDS: Final = 40  # into Neo4j
_SERVED_SECONDS: Final = 1
_READY_SECONDS: Final = 10


class _Watcher:
    """Notes when a recommender first serves a version."""

    def __init__(self, recommender: Recommender) -> None:
        self._recommender = recommender
        self._seen_at: dict[str, float] = {}

    def look(self) -> None:
        """Ask it which version it serves."""
        version = self._recommender.served_version()
        if version is not None:
            self._seen_at.setdefault(version, time.time())

    def forget(self) -> None:
        """Note anew from now on."""
        self._seen_at.clear()

    def seconds_until_served(self, version: str, since: float) -> float:
        """Wait until `version` is served, and say how long after `since` that was."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while version not in self._seen_at:
            if time.monotonic() > deadline:
                raise MarqueeError(f"{version} was not served within {_PATIENCE_SECONDS:.0f} s.")
            time.sleep(_POLL_SECONDS)
        return self._seen_at[version] - since


def measure(bench: Bench, kind: str) -> Findings:
    """Publish, start a recommender, publish twice more while it serves, and go back to the version before."""
    found = loaded(bench, kind)
    with open_graph(found.store.settings) as graph:
        fill_up(graph, bench.scaled_movies(MOVIES))
    try:
        return _measure(bench, found.store, f"{bench.scaled_movies(MOVIES):,} movies, {found.shape.users:,} users")
    finally:
        bench.let_go()  # the graph is no longer the data set's


def _measure(bench: Bench, store: Store, size: str) -> Findings:
    first = publish_apart(bench, store, UserForm.INDUCTIVE)
    rows = [_row(store, "publish the first version", first)]
    published, served = [first], []
    with running_recommender(store):
        pass  # the first start of all compiles modules
    with (
        running_recommender(store) as recommender,
        polling(_Watcher(recommender), every_seconds=_POLL_SECONDS) as watcher,
    ):
        rows.append(_ready_row(store, recommender))
        for form in _FORMS:
            published.append(publish_apart(bench, store, form))
            value = published[-1].value
            served.append(watcher.seconds_until_served(value.version, value.moved_at))
            work = f"publish the next, users by {'id' if form is UserForm.ID else 'their likes'}"
            rows.append(_row(store, work, published[-1]) | {"pointer moved → served, s": served[-1]})
        served.append(_go_back(store, watcher, published[-2].value.version))
        rows.append(
            {"store": store.name, "work": "go back to the version before", "pointer moved → served, s": served[-1]}
        )
        peak = round(peak_bytes(recommender.process.popen.pid) / 1e6)
        rows.append({"store": store.name, "work": "recommender after all this", "peak MB": peak})
    worst = max(done.value.cost.seconds for done in published)
    targets = [
        Target.at_most(f"{size}: pointer moved → served from {store.name}", max(served), _SERVED_SECONDS, "s"),
        Target.at_most(
            f"{size}: recommender from start to ready from {store.name}", recommender.ready_seconds, _READY_SECONDS, "s"
        ),
    ]
    if store.kind == "neo4j":
        targets.insert(0, Target.at_most(f"{size}: publishing into Neo4j", worst, _PUBLISH_SECONDS, "s"))
    return Findings(rows, targets)


def _row(store: Store, work: str, done: Apart[Published]) -> dict[str, Figure]:
    figures = done.figures(done.value.cost)
    return {"store": store.name, "work": work, "vectors": done.value.vectors, **figures}


def _ready_row(store: Store, recommender: Recommender) -> dict[str, Figure]:
    return {
        "store": store.name,
        "work": "recommender from start to ready",
        "seconds": recommender.ready_seconds,
        "CPU s": cpu_seconds(recommender.process.popen.pid),
        "peak MB": round(peak_bytes(recommender.process.popen.pid) / 1e6),
    }


def _go_back(store: Store, watcher: _Watcher, version: str) -> float:
    with open_graph(store.settings) as graph:
        watcher.forget()
        since = time.time()
        activate(graph, version)
        return watcher.seconds_until_served(version, since)


SUBJECT: Final = Subject(
    "publish",
    "Publishing, and serving what was published",
    f"Random vectors, {WIDTH} wide, of 62,000 movies and 138,000 users beside 20 million ratings: written into the "
    "graph, indexed, read back and compared, in a job. A recommender is asked every 10 ms which version it serves; the "
    "time counts from just before the pointer moves. It is ready once it serves a model.",
    ("sqlite", "neo4j"),
    measure,
)
