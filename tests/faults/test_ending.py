"""A worker that is told to end leaves its job to another at once, whether the work listens or not."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import ending
from shared.errors import StoppedError
from shared.graph import Graph
from shared.job_records import Claim, Jobs
from shared.jobs import IngestRequest, Job, JobState
from shared.work import JobContext, Outcome, do_job

STAGES = {"read": 1.0}

# It says that it works, and never asks whether it should go on.
DEAF = """
import sys, time
from pathlib import Path
from shared import ending, work
from shared.graph.sqlite import SqliteGraph

work._ENDING_SECONDS = 0.2

def deaf(context):
    ending.prepare()
    ending.tell()
    time.sleep(60)

with SqliteGraph(Path(sys.argv[1]), timeout_seconds=10) as graph:
    work.do_job(graph, sys.argv[2], deaf, stages={"read": 1.0}, lease_seconds=30)
"""


@pytest.fixture(autouse=True)
def _not_told() -> Iterator[None]:
    ending.prepare()
    yield
    ending.prepare()


@pytest.fixture
def job(sqlite_graph: Graph) -> Job:
    job, _ = Jobs(sqlite_graph).ask(IngestRequest(source="sample"), lambda *_: None)
    return job


def take_over(graph: Graph, job: Job) -> Claim:
    claim = Jobs(graph).claim(job.job_id, owner="another", lease_seconds=30)
    assert isinstance(claim, Claim)
    return claim


def test_work_that_listens_stops_and_its_job_can_be_taken_over_at_once(sqlite_graph: Graph, job: Job) -> None:
    def work(context: JobContext) -> Outcome:
        ending.tell()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            context.progress("read", 0.5)
            time.sleep(0.01)
        return Outcome()

    with pytest.raises(StoppedError):
        do_job(sqlite_graph, job.job_id, work, stages=STAGES, lease_seconds=30)

    assert Jobs(sqlite_graph).get(job.job_id).state is JobState.RUNNING
    assert take_over(sqlite_graph, job).fence == 2


@pytest.mark.slow
def test_work_that_does_not_listen_is_ended_with_its_process(sqlite_graph: Graph, job: Job, tmp_path: Path) -> None:
    worker = subprocess.run(
        [sys.executable, "-c", DEAF, str(tmp_path / "graph.db"), job.job_id], timeout=60, check=False
    )

    assert worker.returncode == -signal.SIGKILL
    assert take_over(sqlite_graph, job).fence == 2


def test_what_is_told_is_known_in_a_process_that_was_forked_before() -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.read(reader, 1)
        os._exit(7 if ending.is_told() else 0)
    teller = threading.Thread(target=ending.tell)
    teller.start()
    teller.join()
    os.write(writer, b"x")

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
