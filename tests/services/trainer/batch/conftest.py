"""A graph with ratings and a served version of random vectors: what is recommended is worked out anew in the tests."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from services.trainer.batch.job import batch
from services.trainer.settings import TrainerSettings
from services.trainer.stages import BATCH_STAGES
from shared.graph import Graph
from shared.graph.columns import objects
from shared.job_records import Jobs
from shared.jobs import BatchRequest, Job, Sender
from shared.models import RANKING, ServingParameters, UserForm, VersionState, parameters_json
from shared.schema import MODEL_VERSION, MOVIE, RATED, SERVES, USER, Slot
from shared.work import do_job

USERS, MOVIES, WIDTH = 50, 30, 4
WITHOUT_LIKES = ("u07", "u31")

RunBatch = Callable[..., Job]


def fill(graph: Graph) -> None:
    """50 users with about eight ratings each, of whom two like nothing, and version v1 in service."""
    rng = np.random.default_rng(1)
    users, movies = objects([f"u{row:02}" for row in range(USERS)]), objects([f"m{row:02}" for row in range(MOVIES)])
    graph.put_nodes(USER, {"userId": users})
    graph.put_nodes(MOVIE, {"movieId": movies})
    sources, targets = np.nonzero(rng.random((USERS, MOVIES)) < 0.3)
    ratings = rng.integers(1, 6, len(sources)).astype(float)
    ratings[np.isin(users[sources], WITHOUT_LIKES)] = 2.0
    columns = {"rating": ratings, "ratedAt": np.arange(len(sources))}
    graph.put_edges(RATED, users[sources], movies[targets], columns)
    publish(graph, "v1", Slot.A)


def publish(graph: Graph, version: str, slot: Slot) -> None:
    """Serve a version of random vectors, its own for each version."""
    rng = np.random.default_rng(list(version.encode()))
    movies = graph.read_nodes(MOVIE).keys
    vectors = {name: rng.standard_normal((MOVIES, WIDTH), np.float32) for name in ("embedding", "inputEmbedding")}
    graph.write_slot(MOVIE, slot, movies, {**vectors, "bias": rng.standard_normal(MOVIES, np.float32)})
    parameters = ServingParameters("test", UserForm.INDUCTIVE, WIDTH, temperature=0.5, like_threshold=4.0)
    record = {
        "version": version,
        "state": VersionState.READY.value,
        "slot": slot.value,
        "createdAt": graph.now(),
        "parameters": parameters_json(parameters),
        "metrics": "{}",
        "report": "{}",
    }
    assert graph.create_record(MODEL_VERSION, record)
    before = graph.read_pointer(SERVES, RANKING)
    assert graph.move_pointer(SERVES, RANKING, expected=before, target=version)


@pytest.fixture
def settings(tmp_path: Path) -> TrainerSettings:
    """Shards of 20, 15 and 15 users or so."""
    return TrainerSettings(data_dir=tmp_path / "data", threads=1, batch_shard_users=20)


def nobody(*_: object) -> None:
    """A queue that nobody reads."""


@pytest.fixture
def run_batch(settings: TrainerSettings) -> RunBatch:
    """Asks for a batch, does it here, and gives the job as its record says it came out."""

    def run(store: Graph, send: Sender = nobody, settings: TrainerSettings = settings, **request: object) -> Job:
        job, _ = Jobs(store).ask(BatchRequest.model_validate(request), nobody)
        do_job(store, job.job_id, partial(batch, settings, send), stages=BATCH_STAGES, lease_seconds=30)
        return Jobs(store).get(job.job_id)

    return run
