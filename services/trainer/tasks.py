"""The trainer worker's door: the task around `services.trainer.job.train`."""

from celery import Celery

from services.trainer.fitting.stale import remove_stale_checkpoints
from services.trainer.settings import TrainerSettings
from services.trainer.stages import STAGES
from shared import worker
from shared.graph import open_graph
from shared.job_records import Jobs, Wait
from shared.jobs import JobKind
from shared.work import JobContext, Outcome, do_job


def register(app: Celery, settings: TrainerSettings) -> None:
    """Put the task on `app`."""
    worker.register(app, JobKind.TRAIN, lambda job_id: do(settings, job_id))


def do(settings: TrainerSettings, job_id: str) -> Wait | None:
    """One job, in the process that does it: the graph is opened after the fork, and torch imported for a job in hand.

    So a message that finds its job held by another costs little, however often it is delivered.
    """

    def work(context: JobContext) -> Outcome:
        from services.trainer.job import train
        from services.trainer.machine import prepare_machine

        remove_stale_checkpoints(settings.checkpoints, Jobs(context.graph))
        return train(settings, prepare_machine(settings.threads, settings.device), context)

    with open_graph(settings) as graph:
        graph.prepare()
        return do_job(graph, job_id, work, stages=STAGES, lease_seconds=settings.job_lease_seconds)
