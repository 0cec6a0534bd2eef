"""The trainer worker's doors: the tasks around trainings and tunings."""

from collections.abc import Callable, Mapping

from celery import Celery

from services.trainer.fitting.stale import remove_stale_checkpoints
from services.trainer.settings import TrainerSettings
from services.trainer.stages import STAGES, TUNE_STAGES
from shared import worker
from shared.graph import open_graph
from shared.job_records import Jobs, Wait
from shared.jobs import JobKind
from shared.work import JobContext, Outcome, do_job


def register(app: Celery, settings: TrainerSettings) -> None:
    """Put the tasks on `app`."""
    worker.register(app, JobKind.TRAIN, lambda job_id: do(settings, job_id))
    worker.register(app, JobKind.TUNE, lambda job_id: do_tuning(settings, job_id))


def do(settings: TrainerSettings, job_id: str) -> Wait | None:
    """One job, in the process that does it: the graph is opened after the fork, and torch imported for a job in hand.

    So a message that finds its job held by another costs little, however often it is delivered.
    """

    def work(context: JobContext) -> Outcome:
        from services.trainer.job import train
        from services.trainer.machine import prepare_machine

        remove_stale_checkpoints(settings.checkpoints, Jobs(context.graph))
        return train(settings, prepare_machine(settings.threads, settings.device), context)

    return _do(settings, job_id, work, STAGES)


def do_tuning(settings: TrainerSettings, job_id: str) -> Wait | None:
    """Likewise a tuning."""

    def work(context: JobContext) -> Outcome:
        from services.trainer.machine import prepare_machine
        from services.trainer.tuning.job import tune

        return tune(prepare_machine(settings.threads, settings.device), context)

    return _do(settings, job_id, work, TUNE_STAGES)


def _do(
    settings: TrainerSettings, job_id: str, work: Callable[[JobContext], Outcome], stages: Mapping[str, float]
) -> Wait | None:
    with open_graph(settings) as graph:
        graph.prepare()
        return do_job(graph, job_id, work, stages=stages, lease_seconds=settings.job_lease_seconds)
