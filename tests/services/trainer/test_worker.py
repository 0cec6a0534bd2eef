"""The worker as a process of its own, with a real Redis and a real SQLite graph."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from services.trainer.settings import TrainerSettings
from services.trainer.worker import trainer_worker
from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import BatchRequest, JobState, TrainRequest
from shared.models import served_version
from shared.queue import make_celery, sender
from tests.worker_process import worker_process

QUICK = TrainRequest(width=16, temperature=0.2, epochs=4, linear_rank=0)


def test_settings_that_do_not_fit_are_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUEE_GATE_TOLERANCE", "2")

    done = CliRunner().invoke(trainer_worker, [])

    assert done.exit_code != 0
    assert "MARQUEE_GATE_TOLERANCE" in str(done.exception)


@pytest.mark.slow
def test_a_worker_process_trains_serves_recommends_to_all_and_ends_when_told(
    rated_graph: Graph, tmp_path: Path, redis_server: str
) -> None:
    jobs = Jobs(rated_graph)
    more = {"MARQUEE_THREADS": "1", "MARQUEE_PROCESSES": "2"}
    with worker_process("trainer-worker", tmp_path, redis_server, **more) as worker:
        app = make_celery(TrainerSettings(redis_url=SecretStr(redis_server)))
        job, _ = jobs.ask(QUICK, sender(app))
        # torch and dgl are imported anew
        worker.wait_until(lambda: jobs.get(job.job_id).state.is_final, timeout_seconds=120)
        assert jobs.get(job.job_id).state is JobState.SUCCEEDED, worker.output()
        served = served_version(rated_graph)
        assert served is not None
        assert served.job_id == job.job_id
        batch, _ = jobs.ask(BatchRequest(top=3), sender(app))
        worker.wait_until(lambda: jobs.get(batch.job_id).state.is_final, timeout_seconds=60)
        assert jobs.get(batch.job_id).state is JobState.SUCCEEDED, worker.output()
        assert (jobs.get(batch.job_id).result or {})["version"] == served.version
        worker.ask_to_end()
        assert worker.popen.wait(30) == 0
