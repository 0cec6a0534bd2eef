"""The ingest worker's door: the task around `services.ingest.job.ingest`."""

from collections.abc import Callable
from functools import partial

from celery import Celery

from services.ingest.job import STAGES, ingest
from services.ingest.settings import IngestSettings
from shared import worker
from shared.graph import Graph
from shared.job_records import Wait
from shared.jobs import JobKind
from shared.work import do_job


def register(app: Celery, graph: Callable[[], Graph], settings: IngestSettings) -> None:
    """Put the task on `app`. `graph` gives this process's connection; it is called in the process that works."""

    def do(job_id: str) -> Wait | None:
        store = graph()
        work = partial(ingest, store, settings)
        return do_job(store, job_id, work, stages=STAGES, lease_seconds=settings.job_lease_seconds)

    worker.register(app, JobKind.INGEST, do)
