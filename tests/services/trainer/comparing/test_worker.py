"""A comparison in a real worker, whose processes may have no children of multiprocessing's."""

from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import CompareRequest, JobState
from shared.queue import make_celery, sender
from shared.settings import QueueSettings
from tests.worker_process import worker_process

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


def test_a_worker_of_celery_gives_each_model_a_process(rated_graph: Graph, tmp_path: Path, redis_server: str) -> None:
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    jobs = Jobs(rated_graph)
    queue = sender(make_celery(QueueSettings(redis_url=SecretStr(redis_server))))
    job, _ = jobs.ask(CompareRequest(models=["popularity"]), queue)
    with worker_process("trainer-worker", tmp_path, redis_server) as worker:
        worker.wait_until(lambda: jobs.get(job.job_id).state.is_final, timeout_seconds=120)
    job = jobs.get(job.job_id)

    assert job.state is JobState.SUCCEEDED, job.error
    assert job.result is not None
    assert job.result["models"]["popularity"]["peak_mb"] > 20
