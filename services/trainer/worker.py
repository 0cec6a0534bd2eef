"""The composition root of the trainer worker: settings, machine, graph and queue come together here."""

import click
from celery import Celery

from services.trainer.environment import share_cores
from services.trainer.settings import TrainerSettings
from services.trainer.tasks import KINDS, register
from shared import worker
from shared.queue import make_celery
from shared.settings import load


def make_worker(settings: TrainerSettings) -> Celery:
    """The Celery application that does trainings, comparisons, tunings and batches."""
    app = make_celery(settings)
    register(app, settings)
    return app


@click.command()
@click.option("--log-level", default="INFO", show_default=True, help="How much the worker tells.")
def trainer_worker(log_level: str) -> None:
    """Do trainings, comparisons, tunings and batches from the queue until told to stop.

    All but batches one at a time. SIGTERM lets a running job end.
    """
    settings = load(TrainerSettings)
    worker.begin("trainer", settings, log_level=log_level)
    share_cores()
    worker.check_graph(settings)
    # All but batches use all cores, so they take turns (`JobKind.turn` and decision 17). The second process does
    # batches meanwhile, whose shards take one core each: decision 15. Each gives all its memory back when it ends.
    worker.run(make_worker(settings), KINDS, settings, log_level=log_level, concurrency=2, jobs_per_process=1)
