"""The composition root of the trainer worker: settings, machine, graph and queue come together here."""

import logging
import os

import click
from celery import Celery

from services.trainer.settings import TrainerSettings
from services.trainer.tasks import register
from shared.errors import UnavailableError
from shared.graph import open_graph
from shared.jobs import JobKind, Wait
from shared.queue import make_celery
from shared.settings import load
from shared.work import JobContext, Outcome, do_job

log = logging.getLogger(__name__)


def make_worker(settings: TrainerSettings) -> Celery:
    """The Celery application that does training jobs."""
    app = make_celery(settings)
    register(app, lambda job_id: do(settings, job_id))
    return app


def do(settings: TrainerSettings, job_id: str) -> Wait | None:
    """One job, in the process that does it: the graph is opened, and torch imported, after the fork."""
    from services.trainer.job import STAGES, train
    from services.trainer.machine import prepare_machine

    def work(context: JobContext) -> Outcome:
        return train(graph, settings, prepare_machine(settings.threads, settings.device), context)

    with open_graph(settings) as graph:
        graph.prepare()
        return do_job(graph, job_id, work, stages=STAGES, lease_seconds=settings.job_lease_seconds)


def share_cores() -> None:
    """What must be in the environment before torch is imported; what is set already stays."""
    # Threads that wait give their core away. Spinning, they make a step ten times slower where others use the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # cuBLAS gives the same result each time only with a workspace of fixed size.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def _check_graph(settings: TrainerSettings) -> None:
    """Tell at the start that the store can't be used, not with the first job. One that is away may yet come."""
    try:
        with open_graph(settings) as graph:  # closed again before Celery forks
            graph.prepare()
    except UnavailableError as error:
        log.warning("the graph does not answer yet, jobs will wait for it: %s", error)


@click.command()
@click.option("--log-level", default="INFO", show_default=True, help="How much the worker tells.")
def trainer_worker(log_level: str) -> None:
    """Do training jobs from the queue, one at a time, until told to stop (SIGTERM lets the running job end)."""
    settings = load(TrainerSettings)
    share_cores()
    _check_graph(settings)
    make_worker(settings).worker_main(
        [
            "worker",
            f"--queues={JobKind.TRAIN.value}",
            f"--hostname={JobKind.TRAIN.value}@%h",
            "--concurrency=1",  # a training uses all cores
            "--max-tasks-per-child=1",  # and gives all its memory back when its process ends
            "--pool=prefork",
            f"--loglevel={log_level}",
            "--without-gossip",
            "--without-mingle",
        ]
    )
