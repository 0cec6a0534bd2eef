"""The recommender's process: `marquee recommender` builds settings, opens the graph and the queue, and serves.

Nothing heavy is imported before the command runs: numpy reads `OPENBLAS_NUM_THREADS` when it is loaded.
"""

import logging
import os

import click


@click.command()
@click.option("--host", help="The address to listen on; MARQUEE_HOST, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port to listen on; MARQUEE_PORT, else 8000.")
def recommender(host: str | None, port: int | None) -> None:
    """Serve recommendations over HTTP until SIGTERM or Ctrl-C."""
    # One thread: a batch is too small to be shared out, and more processes make better use of more cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    _serve(host, port)


def _serve(host: str | None, port: int | None) -> None:
    import uvicorn

    from services.recommender.protocol import bounded_protocol
    from services.recommender.settings import RecommenderSettings
    from services.recommender.web import create_app
    from shared.graph import open_graph
    from shared.queue import make_celery, sender
    from shared.settings import load

    settings = load(RecommenderSettings)
    with open_graph(settings) as graph:
        app = create_app(graph, sender(make_celery(settings)), settings)
        uvicorn.run(
            app,
            host=settings.host if host is None else host,
            port=settings.port if port is None else port,
            loop="uvloop",
            http=bounded_protocol(settings.request_seconds),
            limit_concurrency=settings.max_connections,
            ws="none",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
