"""The recommender's process: `marquee recommender` builds settings, opens the graph and the queue, and serves.

Nothing heavy is imported before the command runs: numpy reads `OPENBLAS_NUM_THREADS` when it is loaded.
"""

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final

import click

from services.recommender.replica.memory import give_large_back

if TYPE_CHECKING:
    from fastapi import FastAPI

    from services.recommender.settings import RecommenderSettings

# Longer than proxies keep theirs (nginx: 60 s): whoever closes first must not be the side that may be sent a request.
_KEEP_ALIVE_SECONDS: Final = 75
_GRACE_SECONDS: Final = 5  # for what is under way when the drain is over
# For a look at the graph or one user's ratings. A driver that has tried for half a minute waits a quarter of one before
# it tries again, and so long the graph would be taken to be away after it is back.
_QUICK_SECONDS: Final = 4.0
# How long a thread that reads movies may keep the others waiting. While 62,000 are read, the p99 of a request is 30 ms;
# with Python's own 5 ms it is 84 ms.
_SWITCH_SECONDS: Final = 0.001


@click.command()
@click.option("--host", help="The address to listen on; MARQUEE_HOST, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port to listen on; MARQUEE_PORT, else 8000.")
def recommender(host: str | None, port: int | None) -> None:
    """Serve recommendations over HTTP until SIGTERM or Ctrl-C."""
    # One thread: a batch is too small to be shared out, and more processes make better use of more cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.setswitchinterval(_SWITCH_SECONDS)
    give_large_back()
    _serve(host, port)


def _show_first_key(key: str) -> None:
    """Tell it to who started the process, and to no log: logs are kept and sent elsewhere."""
    click.echo(
        "The graph had no API key, so one was made, with the scope admin. It can't be shown again; "
        f"`marquee keys` makes others and revokes it:\n\n  {key}\n",
        err=True,
    )


def _serve(host: str | None, port: int | None) -> None:
    import uvicorn

    from services.recommender.http.protocol import bounded_protocol
    from services.recommender.http.server import DrainingServer
    from services.recommender.settings import RecommenderSettings
    from services.recommender.web import create_app
    from shared.graph import open_graph
    from shared.queue import make_celery, sender
    from shared.settings import load
    from shared.watching import logs, tracing

    settings = load(RecommenderSettings)
    logs.configure("recommender", settings.log_format)
    tracing.prepare("recommender", is_on=settings.tracing)
    short = min(settings.graph_timeout_seconds, _QUICK_SECONDS)
    with (
        open_graph(settings) as graph,
        open_graph(settings.model_copy(update={"graph_timeout_seconds": short})) as quick,
    ):
        app = create_app(graph, sender(make_celery(settings)), settings, quick=quick, announce=_show_first_key)
        config = uvicorn.Config(
            app,
            host=settings.host if host is None else host,
            port=settings.port if port is None else port,
            loop="uvloop",
            http=bounded_protocol(settings.request_seconds),
            limit_concurrency=settings.max_connections,
            ws="none",
            access_log=False,
            log_config=None,  # what uvicorn logs goes where all goes
            server_header=False,
            proxy_headers=False,  # `Clients` reads them, and knows how many proxies to believe
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        server = DrainingServer(config, app.state.context.is_ending, drain_seconds=settings.drain_seconds)
        with (
            contextlib.suppress(KeyboardInterrupt),
            _metrics(app, settings),
        ):  # Ctrl-C, raised again once all is in order
            server.run()
        tracing.flush()


def _metrics(app: "FastAPI", settings: "RecommenderSettings") -> contextlib.AbstractContextManager[object]:
    """Serve the metrics of `app`, if that is wanted."""
    if settings.metrics_port is None:
        return contextlib.nullcontext()
    from services.recommender.http.metrics import make_page
    from shared.watching.server import serving_metrics

    page = make_page(app.state.context, app.state.requests)
    return serving_metrics(settings.metrics_host, settings.metrics_port, page)
