"""The worker as a process of its own, with a real Redis and a real SQLite graph."""

import os
import signal
import subprocess
import sys
import time
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
    environment = {
        **os.environ,
        "MARQUEE_GRAPH_URL": f"sqlite:{tmp_path}/graph.db",
        "MARQUEE_REDIS_URL": redis_server,
        "MARQUEE_DATA_DIR": str(tmp_path / "data"),
        "MARQUEE_THREADS": "1",
        "MARQUEE_PROCESSES": "2",
    }
    log = tmp_path / "worker.log"
    jobs = Jobs(rated_graph)
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, "-m", "shared.cli", "trainer-worker"], env=environment, stdout=output, stderr=output
        )
    try:
        app = make_celery(TrainerSettings(redis_url=SecretStr(redis_server)))
        job, _ = jobs.ask(QUICK, sender(app))
        deadline = time.monotonic() + 120  # torch and dgl are imported anew
        while not jobs.get(job.job_id).state.is_final and time.monotonic() < deadline:
            time.sleep(0.1)
        assert jobs.get(job.job_id).state is JobState.SUCCEEDED, log.read_text(encoding="utf-8")
        served = served_version(rated_graph)
        assert served is not None
        assert served.job_id == job.job_id
        batch, _ = jobs.ask(BatchRequest(top=3), sender(app))
        while not jobs.get(batch.job_id).state.is_final and time.monotonic() < deadline:
            time.sleep(0.1)
        assert jobs.get(batch.job_id).state is JobState.SUCCEEDED, log.read_text(encoding="utf-8")
        assert (jobs.get(batch.job_id).result or {})["version"] == served.version
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.wait()
