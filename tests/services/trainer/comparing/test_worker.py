"""A comparison in a real worker, whose processes may have no children of multiprocessing's."""

import sys
import time
from pathlib import Path

import pytest
import redis

from services.trainer.data.interactions import Interactions
from shared.graph.sqlite import SqliteGraph
from shared.job_records import Jobs
from shared.jobs import CompareRequest, JobState
from shared.local.process import running
from shared.queue import make_celery, sender
from shared.settings import QueueSettings
from tests.services.trainer.conftest import fill

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


def test_a_worker_of_celery_gives_each_model_a_process(tmp_path: Path, redis_server: str, data: Interactions) -> None:
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    url = f"sqlite:{tmp_path / 'graph.db'}"
    settings = QueueSettings.model_validate({"graph_url": url, "redis_url": redis_server})
    environment = {"MARQUEE_GRAPH_URL": url, "MARQUEE_REDIS_URL": redis_server, "MARQUEE_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "shared.cli", "trainer-worker"]
    with SqliteGraph(tmp_path / "graph.db", timeout_seconds=10) as graph:
        graph.prepare()
        fill(graph, data)
        jobs = Jobs(graph)
        job, _ = jobs.ask(CompareRequest(models=["popularity"]), sender(make_celery(settings)))
        with running("trainer", command, log=tmp_path / "log", env=environment, grace_seconds=1) as worker:
            deadline = time.monotonic() + 120
            while not (job := jobs.get(job.job_id)).state.is_final:
                assert worker.is_alive(), worker.tail()
                assert time.monotonic() < deadline, worker.tail()
                time.sleep(0.1)

    assert job.state is JobState.SUCCEEDED, job.error
    assert job.result is not None
    assert job.result["models"]["popularity"]["peak_mb"] > 20
