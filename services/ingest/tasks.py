"""The ingest worker's doors: the tasks around `services.ingest.job.ingest` and `shared.retention.clean_up`."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from celery import Celery

from services.ingest.fetch.stale import remove_stale_parts
from services.ingest.job import STAGES, ingest
from services.ingest.settings import IngestSettings
from shared import retention, worker
from shared.graph import Graph
from shared.job_records import Wait
from shared.jobs import JobKind
from shared.work import JobContext, Outcome, do_job

KINDS: Final = (JobKind.INGEST, JobKind.CLEAN_UP)
"""What this worker does."""


def register(app: Celery, graph: Callable[[], Graph], settings: IngestSettings) -> None:
    """Put the tasks on `app`. `graph` gives this process's connection; it is called in the process that works."""

    def door(work: Callable[[JobContext], Outcome], stages: Mapping[str, float]) -> Callable[[str], Wait | None]:
        return lambda job_id: do_job(graph(), job_id, work, stages=stages, lease_seconds=settings.job_lease_seconds)

    worker.register(app, JobKind.INGEST, door(partial(ingest, settings), STAGES))
    worker.register(app, JobKind.CLEAN_UP, door(partial(clean_up, settings), retention.STAGES))


def clean_up(settings: IngestSettings, context: JobContext) -> Outcome:
    """Remove old jobs and versions from the graph, and from this worker's disk what is left of broken downloads."""
    remove_stale_parts(settings.downloads)
    return retention.clean_up(retention.Rule(settings.keep_jobs_days, settings.keep_versions), context)
