"""The composition root of the ingest worker: settings, graph and queue come together here and nowhere else."""

import functools
import logging

import click
from celery import Celery

from services.ingest.settings import IngestSettings
from services.ingest.tasks import KINDS, register
from shared import worker
from shared.graph import Graph, open_graph
from shared.queue import make_celery
from shared.settings import load


def make_worker(settings: IngestSettings) -> Celery:
    """The Celery application that does ingests and clean-ups."""
    app = make_celery(settings)

    @functools.cache
    def graph() -> Graph:
        # First called by a task, so after the fork: a connection must not be shared with the parent process.
        opened = open_graph(settings)
        opened.prepare()
        return opened

    register(app, graph, settings)
    return app


@click.command()
@click.option("--concurrency", default=1, show_default=True, type=click.IntRange(1, 64), help="Jobs at a time.")
@click.option("--log-level", default="INFO", show_default=True, help="How much the worker tells.")
def ingest_worker(concurrency: int, log_level: str) -> None:
    """Do ingests and clean-ups from the queue until told to stop (SIGTERM lets the running job end)."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs each request at INFO
    settings = load(IngestSettings)
    worker.begin("ingest", settings, log_level=log_level)
    worker.check_graph(settings)
    worker.run(make_worker(settings), KINDS, settings, log_level=log_level, concurrency=concurrency)
