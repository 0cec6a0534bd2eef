"""The trainer worker's doors: the tasks around trainings, comparisons, tunings, batches, and the shards of batches."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Final

from celery import Celery

from services.trainer.environment import imports
from services.trainer.fitting.stale import remove_stale_checkpoints
from services.trainer.settings import TrainerSettings
from services.trainer.stages import BATCH_STAGES, COMPARE_STAGES, SHARD_STAGES, STAGES, TUNE_STAGES
from services.trainer.turn import Turn
from shared import worker
from shared.graph import open_graph
from shared.job_records import Jobs, Wait
from shared.jobs import JobKind, Sender
from shared.queue import sender
from shared.work import JobContext, Outcome, do_job

KINDS: Final = (JobKind.TRAIN, JobKind.COMPARE, JobKind.TUNE, JobKind.BATCH, JobKind.BATCH_SHARD)
"""What this worker does."""


def register(app: Celery, settings: TrainerSettings) -> None:
    """Put the tasks on `app`. Of all but batches its worker does one at a time, in whichever of its processes."""
    turn = Turn()
    worker.register(app, JobKind.TRAIN, lambda job_id: do(settings, turn, job_id))
    worker.register(app, JobKind.COMPARE, lambda job_id: do_comparison(settings, turn, job_id))
    worker.register(app, JobKind.TUNE, lambda job_id: do_tuning(settings, turn, job_id))
    worker.register(app, JobKind.BATCH, lambda job_id: do_batch(settings, sender(app), job_id))
    worker.register(app, JobKind.BATCH_SHARD, lambda job_id: do_batch_shard(settings, job_id))


def do(settings: TrainerSettings, turn: Turn, job_id: str) -> Wait | None:
    """One job, in the process that does it: the graph is opened after the fork, and torch imported for a job in hand.

    So a message that finds its job held by another costs little, however often it is delivered.
    """

    def work(context: JobContext) -> Outcome:
        with imports():
            from services.trainer.job import train
            from services.trainer.machine import prepare_machine

        remove_stale_checkpoints(settings.checkpoints, Jobs(context.graph))
        return train(settings, prepare_machine(settings.threads, settings.device), context)

    return _do(settings, job_id, work, STAGES, turn)


def do_tuning(settings: TrainerSettings, turn: Turn, job_id: str) -> Wait | None:
    """Likewise a tuning."""

    def work(context: JobContext) -> Outcome:
        with imports():
            from services.trainer.machine import prepare_machine
            from services.trainer.tuning.job import tune

        return tune(prepare_machine(settings.threads, settings.device), context)

    return _do(settings, job_id, work, TUNE_STAGES, turn)


def do_comparison(settings: TrainerSettings, turn: Turn, job_id: str) -> Wait | None:
    """Likewise a comparison, whose models have processes of their own."""

    def work(context: JobContext) -> Outcome:
        from services.trainer.comparing.job import compare

        return compare(settings, context)

    return _do(settings, job_id, work, COMPARE_STAGES, turn)


def do_batch(settings: TrainerSettings, send: Sender, job_id: str) -> Wait | None:
    """Likewise a batch; it needs no torch."""

    def work(context: JobContext) -> Outcome:
        from services.trainer.batch.job import batch

        return batch(settings, send, context)

    return _do(settings, job_id, work, BATCH_STAGES)


def do_batch_shard(settings: TrainerSettings, job_id: str) -> Wait | None:
    """Likewise a shard of a batch."""

    def work(context: JobContext) -> Outcome:
        from services.trainer.batch.shard import do_shard

        return do_shard(settings, context)

    return _do(settings, job_id, work, SHARD_STAGES)


def _do(
    settings: TrainerSettings,
    job_id: str,
    work: Callable[[JobContext], Outcome],
    stages: Mapping[str, float],
    turn: Turn | None = None,
) -> Wait | None:
    with open_graph(settings) as graph, turn.take() if turn else nullcontext(True) as is_ours:
        graph.prepare()
        if not is_ours:
            return Jobs(graph).put_off(job_id)
        return do_job(graph, job_id, work, stages=stages, lease_seconds=settings.job_lease_seconds)
