"""Made-up model versions in a graph, published as a training publishes them."""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.bench import Bench
from benchmarks.made_up import names
from benchmarks.movielens import GENRES, titles
from benchmarks.store import Store
from services.trainer.stages import STAGES
from shared.apart import Apart, Cost, Stopwatch, Tell
from shared.errors import MarqueeError
from shared.graph import Graph, open_graph
from shared.graph.port import Array, Columns
from shared.job_records import Jobs
from shared.jobs import JobState, TrainRequest
from shared.models import ServingParameters, UserForm
from shared.schema import GENRE, IN_GENRE, MOVIE, USER, NodeKind
from shared.scoring import normalise
from shared.settings import GraphSettings
from shared.work import JobContext, Outcome, do_job

WIDTH: Final = 64


@dataclass(frozen=True, slots=True)
class Published:
    """A version that was published, and what that came to.

    Attributes:
        version: its name.
        vectors: how many movies and users have one.
        cost: of writing, verifying and moving the pointer.
        moved_at: the moment just before the pointer moved, `time.time()`.
    """

    version: str
    vectors: int
    cost: Cost
    moved_at: float


def publish_apart(bench: Bench, store: Store, form: UserForm, width: int = WIDTH) -> Apart[Published]:
    """`do_publish` in a process of its own."""
    with bench.step(f"{store.name}: publish") as tell:
        return store.run(do_publish, tell, form, width)


def do_publish(tell: Tell, settings: GraphSettings, form: UserForm, width: int = WIDTH) -> Published:
    """Publish random vectors of all movies and users in a job.

    Raises:
        MarqueeError: the job failed.
    """
    from services.trainer.publish import Draft, publish, version_name

    found: list[Published] = []

    def work(context: JobContext) -> Outcome:
        rows = _random_rows(context.graph, width)
        parameters = ServingParameters(form.value, form, width, temperature=0.2, like_threshold=4.0)
        draft = Draft(version_name(context.job), context.job, parameters, {}, {"made": "up"})
        moved_at = 0.0

        def progress(stage: str, part: float) -> None:
            nonlocal moved_at
            context.progress(stage, part)
            tell(part if stage == "write" else 1.0)
            moved_at = time.time()  # of the last call: the pointer moves after it

        watch = Stopwatch()
        publish(context.graph, draft, rows, progress)
        vectors = sum(len(keys) for keys, _ in rows.values())
        found.append(Published(draft.version, vectors, watch.cost(), moved_at))
        return Outcome()

    with open_graph(settings) as graph:
        jobs = Jobs(graph)
        job, _ = jobs.ask(TrainRequest(), lambda _kind, _job_id: None)
        do_job(graph, job.job_id, work, stages=STAGES, lease_seconds=30)
        done = jobs.get(job.job_id)
    if done.state is not JobState.SUCCEEDED:
        raise MarqueeError(f"The publication {done.state}: {done.error}")
    return found[0]


def _random_rows(graph: Graph, width: int) -> dict[NodeKind, tuple[Array, Columns]]:
    rng = np.random.default_rng(0)

    def vectors(keys: Array) -> Array:
        return normalise(rng.standard_normal((len(keys), width), np.float32))

    movies, users = graph.read_nodes(MOVIE).keys, graph.read_nodes(USER).keys
    bias = rng.standard_normal(len(movies), np.float32)
    return {
        MOVIE: (movies, {"embedding": vectors(movies), "inputEmbedding": vectors(movies), "bias": bias}),
        USER: (users, {"embedding": vectors(users)}),
    }


def fill_up(graph: Graph, movies: int) -> None:
    """Add movies with a title, a year and genres until there are so many."""
    missing = movies - len(graph.read_nodes(MOVIE))
    if missing <= 0:
        return
    rng = np.random.default_rng(0)
    ids = names("more-", missing)
    columns = {"title": np.array(titles(missing, rng), object), "year": rng.integers(1930, 2015, missing)}
    graph.put_nodes(MOVIE, {"movieId": ids, **columns})
    genres = np.array(GENRES, object)
    graph.put_nodes(GENRE, {"name": genres})
    graph.put_edges(IN_GENRE, np.repeat(ids, 2), genres[rng.integers(0, len(GENRES), 2 * missing)], {})
    graph.bump_revision()
