"""A worker process is killed in the middle of a study, and another goes on with it: a real Redis, a real graph."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.trainer.settings import TrainerSettings
from shared.graph import Graph
from shared.graph.port import Record
from shared.job_records import Jobs
from shared.jobs import JobState, TuneRequest
from shared.queue import make_celery, sender
from shared.schema import TRIAL

pytestmark = pytest.mark.slow


def wait_until(is_so: Callable[[], bool], log: Path, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.05)


def test_a_killed_worker_costs_the_trial_in_hand_and_nothing_else(
    rated_graph: Graph, tmp_path: Path, redis_server: str
) -> None:
    environment = {
        **os.environ,
        "MARQUEE_GRAPH_URL": f"sqlite:{tmp_path}/graph.db",
        "MARQUEE_REDIS_URL": redis_server,
        "MARQUEE_DATA_DIR": str(tmp_path / "data"),
        "MARQUEE_THREADS": "1",
        "MARQUEE_JOB_LEASE_SECONDS": "2",
    }
    log = tmp_path / "worker.log"

    def trials() -> list[Record]:
        return sorted(rated_graph.find_records(TRIAL), key=lambda trial: int(trial["number"]))

    def start() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            command = [sys.executable, "-m", "shared.cli", "trainer-worker"]
            return subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)

    jobs = Jobs(rated_graph)
    worker = start()
    try:
        job, _ = jobs.ask(
            TuneRequest(trials=3), sender(make_celery(TrainerSettings(redis_url=SecretStr(redis_server))))
        )
        wait_until(lambda: len(trials()) == 2, log)  # the default's is done, the next begun
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        (done, in_hand) = trials()
        assert (done["state"], in_hand["state"]) == ("complete", "running")
        worker = start()
        wait_until(lambda: jobs.get(job.job_id).state.is_final, log)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    assert jobs.get(job.job_id).state in (JobState.SUCCEEDED, JobState.REJECTED), jobs.get(job.job_id).error
    assert trials()[0] == done, "what was done is not done again"
    assert [trial["attempts"] for trial in trials()] == [1, 2, 1]
    assert trials()[1]["parameters"] == in_hand["parameters"]
