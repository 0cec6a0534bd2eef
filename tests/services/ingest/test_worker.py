"""The worker as a process of its own, with a real Redis."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from services.ingest.settings import IngestSettings
from services.ingest.worker import ingest_worker, make_worker
from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import IngestRequest, JobState
from shared.queue import make_celery, sender
from tests.worker_process import worker_process

WriteFiles = Callable[[str, Mapping[str, str]], Path]


def test_the_task_declares_how_it_is_delivered(settings: IngestSettings) -> None:
    task = make_worker(settings).tasks["marquee.ingest"]

    assert task.acks_late
    assert task.reject_on_worker_lost
    assert task.max_retries is None


def test_settings_that_do_not_fit_are_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUEE_GRAPH_URL", "gopher://x")

    done = CliRunner().invoke(ingest_worker, [])

    assert done.exit_code != 0
    assert "MARQUEE_GRAPH_URL is 'gopher://x'" in str(done.exception)


@pytest.mark.slow
def test_a_worker_process_does_a_job_and_ends_when_told(
    sqlite_graph: Graph, tmp_path: Path, redis_server: str, write_files: WriteFiles
) -> None:
    folder = write_files(
        "ml",
        {
            "movies.csv": "movieId,title,genres\n10,Heat (1995),Crime\n",
            "ratings.csv": "userId,movieId,rating,timestamp\n1,10,4.5,1000\n",
        },
    )
    jobs = Jobs(sqlite_graph)
    with worker_process("ingest-worker", tmp_path, redis_server, MARQUEE_INGEST_ROOTS=str(tmp_path)) as worker:
        queue = sender(make_celery(IngestSettings(redis_url=SecretStr(redis_server))))
        job, _ = jobs.ask(IngestRequest(source=str(folder)), queue)
        worker.wait_until(lambda: jobs.get(job.job_id).state.is_final, timeout_seconds=60)
        assert jobs.get(job.job_id).state is JobState.SUCCEEDED, worker.output()
        worker.ask_to_end()
        assert worker.popen.wait(30) == 0
