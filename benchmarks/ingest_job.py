"""An ingest job as a worker does it, measured."""

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.bench import Bench
from benchmarks.results import Figure
from benchmarks.store import Store, empty_store
from services.ingest.job import STAGES, ingest
from services.ingest.settings import IngestSettings
from services.ingest.sources import SAMPLE
from shared.apart import Apart, Cost, Stopwatch, Tell
from shared.errors import MarqueeError
from shared.graph import open_graph
from shared.job_records import Jobs
from shared.jobs import IngestRequest, JobState
from shared.schema import MOVIE, RATED, USER
from shared.settings import GraphSettings
from shared.work import JobContext, Outcome, do_job


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an ingest job came to.

    Attributes:
        cost: of the whole job.
        progress: points (seconds, part of the ratings that are written).
    """

    cost: Cost
    progress: list[tuple[float, float]]

    def seconds_between(self, first: float, last: float) -> float:
        """How long the ratings from one part to another took, each 0 to 1."""
        seconds, parts = np.array(self.progress).T
        begin, end = np.interp([first, last], parts, seconds)
        return float(end - begin)


class _Notes:
    """Notes when how many ratings of a job were written."""

    def __init__(self, tell: Tell) -> None:
        self._tell, self._watch = tell, Stopwatch()
        self.points: list[tuple[float, float]] = []

    def follow(self, context: JobContext) -> None:
        """Hear all that the job tells of its progress."""
        progress = context.progress

        def noted(stage: str, fraction: float) -> None:
            progress(stage, fraction)
            if stage == "ratings" or (stage == "movies" and fraction == 1.0):
                written = fraction if stage == "ratings" else 0.0
                self.points.append((self._watch.cost().seconds, written))
                self._tell(written)

        context.progress = noted  # type: ignore[method-assign]  # all else of the context stays as it is


def do_ingest(tell: Tell, settings: GraphSettings, source: str, root: Path | None = None) -> Ingested:
    """Do an ingest job as a worker does it. A source on disk lies in `root`.

    Raises:
        MarqueeError: the job failed.
    """
    notes = _Notes(tell)

    def work(ingest_settings: IngestSettings, context: JobContext) -> Outcome:
        notes.follow(context)
        return ingest(ingest_settings, context)

    if source != SAMPLE:
        _warm_up()
    with open_graph(settings) as graph, tempfile.TemporaryDirectory() as folder:
        ingest_settings = IngestSettings(data_dir=Path(folder), ingest_roots=(root,) if root else ())
        jobs = Jobs(graph)
        job, _ = jobs.ask(IngestRequest(source=source), lambda _kind, _job_id: None)
        watch = Stopwatch()
        do_job(graph, job.job_id, partial(work, ingest_settings), stages=STAGES, lease_seconds=30)
        cost = watch.cost()
        done = jobs.get(job.job_id)
    if done.state is not JobState.SUCCEEDED:
        raise MarqueeError(f"The ingest of {source} {done.state}: {done.error}")
    return Ingested(cost, notes.points)


def _warm_up() -> None:
    """Do a small job elsewhere first: a worker's first job also imports libraries, for a second or more."""
    with empty_store("sqlite") as store:
        do_ingest(lambda _: None, store.settings, SAMPLE)


def warm(store: Store) -> None:
    """Let a server do the same work on a little first, and empty it again: one that has just started is slower."""
    if store.server is None:
        return
    do_ingest(lambda _: None, store.settings, SAMPLE)
    with open_graph(store.settings) as graph:
        users, movies = graph.read_nodes(USER), graph.read_nodes(MOVIE)
        for _ in graph.read_edges(RATED, users, movies, ("rating", "ratedAt")):
            pass
        for kind, keys in ((USER, users.keys), (MOVIE, movies.keys)):
            graph.delete_nodes(kind, keys.tolist())


def ingest_apart(bench: Bench, store: Store, folder: Path) -> Apart[Ingested]:
    """`do_ingest` of a data set's folder in a process of its own."""
    with bench.step(f"{store.name}: ingest") as tell:
        return store.run(do_ingest, tell, str(folder.resolve()), folder.resolve())


def figures(ratings: int, done: Apart[Ingested]) -> dict[str, Figure]:
    """The columns that every ingest has."""
    cost = done.value.cost
    return {"ratings": ratings, "ratings/s": round(ratings / cost.seconds), **done.figures(cost)}
