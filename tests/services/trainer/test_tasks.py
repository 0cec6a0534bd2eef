"""The task in a real Celery worker, in this process, over Celery's in-memory queue."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery.contrib.testing.worker import start_worker
from pydantic import SecretStr

from services.trainer.settings import TrainerSettings
from services.trainer.tasks import do, do_tuning
from services.trainer.turn import Turn
from services.trainer.worker import make_worker
from shared.graph import Graph
from shared.job_records import Jobs, Wait
from shared.jobs import JobState, TrainRequest, TuneRequest
from shared.models import served_version
from shared.queue import sender


@pytest.mark.parametrize("name", ["marquee.train", "marquee.tune"])
def test_the_tasks_declare_how_they_are_delivered(settings: TrainerSettings, name: str) -> None:
    task = make_worker(settings).tasks[name]

    assert task.acks_late
    assert task.reject_on_worker_lost
    assert task.max_retries is None


class Busy(Turn):
    """As another process of the worker leaves it."""

    @contextmanager
    def take(self) -> Iterator[bool]:
        yield False


@pytest.mark.parametrize(("request_", "do_one"), [(TrainRequest(), do), (TuneRequest(), do_tuning)])
def test_a_training_and_a_tuning_are_put_off_while_the_worker_is_at_another(
    sqlite_graph: Graph,
    settings: TrainerSettings,
    tmp_path: Path,
    request_: TrainRequest | TuneRequest,
    do_one: Callable[[TrainerSettings, Turn, str], Wait | None],
) -> None:
    job, _ = Jobs(sqlite_graph).ask(request_, lambda *_: None)
    here = settings.model_copy(update={"graph_url": f"sqlite:{tmp_path}/graph.db"})

    wait = do_one(here, Busy(), job.job_id)

    assert isinstance(wait, Wait)
    assert Jobs(sqlite_graph).get(job.job_id).state is JobState.QUEUED


@pytest.mark.slow
def test_a_message_leads_to_a_served_model(rated_graph: Graph, settings: TrainerSettings, tmp_path: Path) -> None:
    here = {"graph_url": f"sqlite:{tmp_path}/graph.db", "redis_url": SecretStr("memory://")}
    app = make_worker(settings.model_copy(update=here))
    app.conf.broker_transport_options = {"polling_interval": 0.02}
    jobs = Jobs(rated_graph)

    # The level is that of all of Python's logging, and stays: with the default no later test would see a warning.
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["train"], loglevel="WARNING"):
        job, _ = jobs.ask(TrainRequest(width=16, temperature=0.2, epochs=4, linear_rank=0), sender(app))
        deadline = time.monotonic() + 60
        while not jobs.get(job.job_id).state.is_final and time.monotonic() < deadline:
            time.sleep(0.05)

    assert jobs.get(job.job_id).state is JobState.SUCCEEDED
    served = served_version(rated_graph)
    assert served is not None
    assert served.job_id == job.job_id
