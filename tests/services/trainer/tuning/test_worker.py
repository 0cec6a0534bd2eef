"""A worker process is killed in the middle of a study, and another goes on with it: a real Redis, a real graph."""

import contextlib
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.trainer.settings import TrainerSettings
from shared.graph import Graph
from shared.graph.port import Record
from shared.job_records import Jobs
from shared.jobs import JobState, TuneRequest
from shared.local.process import Process
from shared.queue import make_celery, sender
from shared.schema import TRIAL
from tests.worker_process import worker_process

pytestmark = pytest.mark.slow


def test_a_killed_worker_costs_the_trial_in_hand_and_nothing_else(
    rated_graph: Graph, tmp_path: Path, redis_server: str
) -> None:
    def trials() -> list[Record]:
        return sorted(rated_graph.find_records(TRIAL), key=lambda trial: int(trial["number"]))

    def start() -> contextlib.AbstractContextManager[Process]:
        more = {"MARQUEE_THREADS": "1", "MARQUEE_JOB_LEASE_SECONDS": "2"}
        return worker_process("trainer-worker", tmp_path, redis_server, **more)

    jobs = Jobs(rated_graph)
    with start() as worker:
        job, _ = jobs.ask(
            TuneRequest(trials=3), sender(make_celery(TrainerSettings(redis_url=SecretStr(redis_server))))
        )
        worker.wait_until(lambda: len(trials()) == 2, timeout_seconds=240)  # the default's is done, the next begun
        worker.kill()
    (done, in_hand) = trials()
    assert (done["state"], in_hand["state"]) == ("complete", "running")
    with start() as worker:
        worker.wait_until(lambda: jobs.get(job.job_id).state.is_final, timeout_seconds=240)

    assert jobs.get(job.job_id).state in (JobState.SUCCEEDED, JobState.REJECTED), jobs.get(job.job_id).error
    assert trials()[0] == done, "what was done is not done again"
    assert [trial["attempts"] for trial in trials()] == [1, 2, 1]
    assert trials()[1]["parameters"] == in_hand["parameters"]
