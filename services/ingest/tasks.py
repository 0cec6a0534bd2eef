"""The ingest worker's door: one Celery task around `services.ingest.job.ingest`."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NoReturn

from celery import Celery, Task
from celery.exceptions import Reject

from services.ingest.job import STAGES, ingest
from services.ingest.settings import IngestSettings
from shared.errors import UnavailableError
from shared.graph import Graph
from shared.jobs import JobKind
from shared.work import do_job

_UNAVAILABLE_WAIT_SECONDS: Final = 5.0  # a store that restarts is back in five to thirty


def register(app: Celery, graph: Callable[[], Graph], settings: IngestSettings) -> None:
    """Put the task on `app`. `graph` gives this process's connection; it is called in the process that works."""

    @app.task(
        name=JobKind.INGEST.task,
        bind=True,
        shared=False,  # of this application alone, not of every one that the process makes
        # The message is given back only when the job has ended: a killed worker's job is delivered again.
        acks_late=True,
        # So is one whose process was lost (out of memory) while the worker lives on.
        reject_on_worker_lost=True,
        # Waiting for a lease or for a store that is away may take any number of deliveries. A job whose work fails is
        # not tried again: its record says "failed", and its message is done with.
        max_retries=None,
        # What became of the job is written in the graph.
        ignore_result=True,
    )
    def task(self: "Task[Any, Any]", job_id: str) -> None:
        try:
            store = graph()
            work = partial(ingest, store, settings)
            wait = do_job(store, job_id, work, stages=STAGES, lease_seconds=settings.job_lease_seconds)
        except UnavailableError as error:
            _deliver_again(self, _UNAVAILABLE_WAIT_SECONDS, error)
        if wait is not None:
            _deliver_again(self, wait.seconds)


def _deliver_again(task: "Task[Any, Any]", seconds: float, error: Exception | None = None) -> NoReturn:
    """Put the message back on the queue, for after so many seconds."""
    try:
        raise task.retry(countdown=seconds, exc=error)
    except Reject as reject:
        # Redis did not take the new message, and Celery would drop the old one: leave it unacknowledged instead.
        raise Reject(str(reject), requeue=True) from reject
