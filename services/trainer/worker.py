"""The composition root of the trainer worker: settings, machine, graph and queue come together here."""

import click
from celery import Celery

from services.trainer.environment import share_cores
from services.trainer.settings import TrainerSettings
from services.trainer.tasks import register
from shared import worker
from shared.jobs import JobKind
from shared.queue import make_celery
from shared.settings import load


def make_worker(settings: TrainerSettings) -> Celery:
    """The Celery application that does trainings and tunings."""
    app = make_celery(settings)
    register(app, settings)
    return app


@click.command()
@click.option("--log-level", default="INFO", show_default=True, help="How much the worker tells.")
def trainer_worker(log_level: str) -> None:
    """Do trainings and tunings from the queue, one at a time, until told to stop (SIGTERM lets the running job end)."""
    settings = load(TrainerSettings)
    share_cores()
    worker.check_graph(settings)
    # A training uses all cores, so there is one at a time; its process gives all its memory back when it ends.
    kinds = [JobKind.TRAIN, JobKind.TUNE]
    worker.run(make_worker(settings), kinds, settings, log_level=log_level, concurrency=1, jobs_per_process=1)
