"""What comes out where nothing is disturbed: the graph after the ingest, and the model of each seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from services.ingest import job as ingesting
from services.ingest.sample import write_sample
from services.ingest.settings import IngestSettings
from services.trainer.settings import TrainerSettings
from services.trainer.stages import STAGES
from shared.graph import Graph
from shared.graph.sqlite import SqliteGraph
from shared.job_records import Jobs
from shared.jobs import IngestRequest, Job, JobState, TrainRequest
from shared.models import get_version, read_served_vectors
from shared.schema import RATED
from shared.scoring import extend, top_k
from shared.work import do_job
from tests.faults.contents import summarise

SEEDS = (0, 1)
USERS = ("simulated-0001", "simulated-0002", "simulated-0003")
"""Whose recommendations are compared."""
LIMIT = 10

Ranking = Mapping[str, float]
"""The best movies of a user, with their scores."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What must come out, whatever happens on the way.

    Attributes:
        folder: the data set.
        contents: of the graph after the ingest (`summarise`).
        checksums: of the vectors, by the training's seed.
        rankings: of each seed's model, by user.
    """

    folder: Path
    contents: Mapping[str, tuple[int, str]]
    checksums: Mapping[int, str]
    rankings: Mapping[int, Mapping[str, Ranking]]


def quick_training(seed: int) -> TrainRequest:
    """A training of a second, and of enough epochs to be killed between two."""
    return TrainRequest(seed=seed, width=16, temperature=0.2, epochs=8, linear_rank=0, baselines=["popularity"])


def make_reference(folder: Path) -> Reference:
    """Ingest and train in this process, undisturbed. It sets torch up for the process: take one of its own."""
    data = folder / "data"
    write_sample(data)
    _add_tags(data)
    with SqliteGraph(folder / "reference.db", timeout_seconds=30) as graph:
        graph.prepare()
        settings = IngestSettings(data_dir=folder, ingest_roots=(folder,))
        ingest, _ = Jobs(graph).ask(IngestRequest(source=str(data)), lambda *_: None)
        do_job(graph, ingest.job_id, partial(ingesting.ingest, settings), stages=ingesting.STAGES, lease_seconds=60)
        _expect_success(graph, ingest)
        contents = summarise(graph)
        trained = {seed: _train(graph, folder, seed) for seed in SEEDS}
        return Reference(
            data,
            contents,
            {seed: checksum for seed, (checksum, _) in trained.items()},
            {seed: rankings for seed, (_, rankings) in trained.items()},
        )


def _add_tags(folder: Path) -> None:
    lines = [
        f"simulated-{user:04},{movie},tag {movie % 5},1600000000" for user in range(1, 40) for movie in range(1, 9)
    ]
    (folder / "tags.csv").write_text("\n".join(["userId,movieId,tag,timestamp", *lines, ""]), encoding="utf-8")


def _train(graph: Graph, folder: Path, seed: int) -> tuple[str, Mapping[str, Ranking]]:
    """The checksum and the rankings of one seed's model."""
    from services.trainer.job import train
    from services.trainer.machine import prepare_machine

    settings = TrainerSettings(data_dir=folder, threads=1, gate_tolerance=0.9)
    job, _ = Jobs(graph).ask(quick_training(seed), lambda *_: None)
    work = partial(train, settings, prepare_machine(1, "cpu"))
    do_job(graph, job.job_id, work, stages=STAGES, lease_seconds=60)
    version = get_version(graph, str((_expect_success(graph, job).result or {})["version"]))
    assert version.checksum is not None
    return version.checksum, rankings(graph)


def _expect_success(graph: Graph, job: Job) -> Job:
    ended = Jobs(graph).get(job.job_id)
    assert ended.state is JobState.SUCCEEDED, ended
    return ended


def rankings(graph: Graph) -> Mapping[str, Ranking]:
    """What the served version recommends to each of `USERS`, by the formula that is served."""
    served = read_served_vectors(graph)
    assert served is not None
    keys = served.movies.keys
    vectors = served.movie_vectors(np.ones(len(keys), np.bool_))
    row_of = {key: row for row, key in enumerate(keys)}
    found = {}
    for user in USERS:
        history = graph.edges_from(RATED, user, ("rating",))
        assert history is not None
        rated = np.array([row_of[key] for key in history[0]], np.int64)
        liked = rated[history[1]["rating"] >= served.version.parameters.like_threshold]
        scores = extend(vectors.encode([liked])) @ vectors.scoring_matrix()
        scores[:, rated] = -np.inf
        best, values = top_k(scores, LIMIT)
        found[user] = {keys[row]: float(score) for row, score in zip(best[0], values[0], strict=True)}
    return found
