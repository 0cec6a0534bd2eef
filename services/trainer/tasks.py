"""The trainer worker's door: one Celery task around `services.trainer.job.train`."""

from collections.abc import Callable
from typing import Any, Final, NoReturn

from celery import Celery, Task
from celery.exceptions import Reject

from shared.errors import UnavailableError
from shared.jobs import JobKind, Wait

_UNAVAILABLE_WAIT_SECONDS: Final = 5.0  # a store that restarts is back in five to thirty


def register(app: Celery, do: Callable[[str], Wait | None]) -> None:
    """Put the task on `app`. `do` does the job of an id, in the process that Celery forked for it."""

    @app.task(
        name=JobKind.TRAIN.task,
        bind=True,
        # The message is given back only when the job has ended: a killed worker's job is delivered again.
        acks_late=True,
        # So is one whose process was lost (out of memory) while the worker lives on.
        reject_on_worker_lost=True,
        # Waiting for a lease, for the training before, or for a store that is away may take any number of deliveries.
        # A job whose work fails is not tried again: its record says "failed", and its message is done with.
        max_retries=None,
        # What became of the job is written in the graph.
        ignore_result=True,
    )
    def task(self: "Task[Any, Any]", job_id: str) -> None:
        try:
            wait = do(job_id)
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
