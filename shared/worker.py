"""What every worker is: one Celery task around a plain function, and a process that runs it until told to stop."""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, NoReturn

from celery import Celery, Task
from celery.bootsteps import StartStopStep
from celery.exceptions import Reject
from celery.signals import setup_logging, worker_shutting_down
from celery.utils.log import get_multiprocessing_logger

from shared import ending, heartbeat
from shared.errors import StoppedError, UnavailableError
from shared.graph import Graph, open_graph
from shared.job_records import Jobs, Wait
from shared.jobs import CleanUpRequest, JobKind
from shared.queue import sender, waiting
from shared.retention import is_due
from shared.schedules import Schedules
from shared.settings import GraphSettings, QueueSettings
from shared.watching import logs, tracing
from shared.watching.server import serving_metrics

_UNAVAILABLE_WAIT_SECONDS: Final = 5.0  # a store that restarts is back in five to thirty
_KEEPER_TIMEOUT_SECONDS: Final = 5.0  # meanwhile the worker's event loop stands still

log = logging.getLogger(__name__)


def register(app: Celery, kind: JobKind, do: Callable[[str], Wait | None]) -> None:
    """Put the task of a kind of jobs on `app`. `do` does the job of an id, in the process that Celery forked for it."""

    @app.task(
        name=kind.task,
        bind=True,
        shared=False,  # of this application alone, not of every one that the process makes
        # The message is given back only when the job has ended: a killed worker's job is delivered again.
        acks_late=True,
        # So is one whose process was lost (out of memory) while the worker lives on.
        reject_on_worker_lost=True,
        # Waiting for a lease, for the job before, or for a store that is away may take any number of deliveries. A job
        # whose work fails is not tried again: its record says "failed", and its message is done with.
        max_retries=None,
        # What became of the job is written in the graph.
        ignore_result=True,
    )
    def task(self: "Task[Any, Any]", job_id: str) -> None:
        try:
            wait = do(job_id)
        except StoppedError as error:
            _deliver_again(self, 0, error)
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


def check_graph(settings: GraphSettings) -> None:
    """Prepare the graph, and tell at the start that it can't be used, not with the first job. One away may yet come.

    Raises:
        InvalidInputError: the settings name no graph that can be used.
    """
    try:
        with open_graph(settings) as graph:  # closed again before Celery forks
            graph.prepare()
    except UnavailableError as error:
        log.warning("the graph does not answer yet, jobs will wait for it: %s", error)


def keep_queue(
    app: Celery,
    kinds: Sequence[JobKind],
    settings: QueueSettings,
    look: Callable[[Graph], None] = lambda _graph: None,
) -> Sequence[str]:
    """Put back what the queue has forgotten (see `Jobs`): a killed worker's job, or all, if Redis lost its data.

    It also asks for the jobs of schedules that are due, whatever their kinds, and a worker that does clean-ups for one
    of these, where one is due. Before that `look` is called with the graph.
    """
    patient = settings.model_copy(update={"graph_timeout_seconds": _KEEPER_TIMEOUT_SECONDS})
    send, patience = sender(app), settings.job_lease_seconds
    found: list[str] = []
    try:
        with open_graph(patient) as graph:
            jobs = Jobs(graph)
            look(graph)
            for kind in kinds:
                found += jobs.put_back(kind, send, waiting=waiting(app, kind), patience_seconds=patience)
            if JobKind.CLEAN_UP in kinds and is_due(graph):
                jobs.ask(CleanUpRequest(), send)
            for job in Schedules(graph).ask_for_due(send):
                log.info("a schedule has asked for %s job %s", job.kind, job.job_id)
    except UnavailableError as error:
        log.warning("the queue can't be compared with the jobs now: %s", error)
    for job_id in found:
        log.warning("job %s was not on the queue any more, and was put back", job_id)
    return found


def _keeper(called: str, keep: Callable[[], object], seconds: float) -> type[StartStopStep]:
    """A part of Celery's worker, of a name of its own, that calls `keep` again and again.

    In the worker's event loop, because pool processes are forked there: a thread could hold a lock at that moment, and
    the forked process would wait for it in vain.
    """

    class Keeper(StartStopStep):
        name = f"{__name__}.{called}"
        requires = ("celery.worker.components:Timer",)

        def start(self, parent: Any) -> None:  # noqa: ANN401 - Celery's worker, untyped
            parent.timer.call_repeatedly(seconds, keep)

    return Keeper


def begin(service: str, settings: QueueSettings, *, log_level: str) -> None:
    """What comes before all else: how this worker logs and traces.

    Raises:
        InvalidInputError: there is no such level, or the packages that tracing needs are missing.
    """
    logs.configure(service, settings.log_format, level=log_level)
    tracing.prepare(service, is_on=settings.tracing)
    setup_logging.connect(_keep_logging)


def _keep_logging(**_signal: object) -> None:
    """Celery would configure logging; now it leaves it as it is. Its processes' own logger has no other way out."""
    if (processes := get_multiprocessing_logger()) is not None:
        processes.handlers[:] = logging.getLogger().handlers
        processes.setLevel(logging.ERROR)


@contextlib.contextmanager
def _metrics(app: Celery, kinds: Sequence[JobKind], settings: QueueSettings) -> Iterator[Callable[[Graph], None]]:
    """Serve the worker's metrics, if that is wanted; yields what is to look at the graph for them."""
    if settings.metrics_port is None:
        yield lambda _graph: None
        return
    from shared.watching.worker_metrics import RENEW_SECONDS, WorkerMetrics

    metrics = WorkerMetrics(kinds)
    app.steps["worker"].add(_keeper("Metrics", metrics.renew, RENEW_SECONDS))
    with serving_metrics(settings.metrics_host, settings.metrics_port, lambda: metrics.page):
        yield metrics.look


def _tell_jobs(**_signal: object) -> None:
    """Celery calls this when it is told to end; then it waits for the jobs."""
    ending.tell()


def run(
    app: Celery,
    kinds: Sequence[JobKind],
    settings: QueueSettings,
    *,
    log_level: str,
    concurrency: int,
    jobs_per_process: int | None = None,
) -> None:
    """Do jobs of some kinds until told to stop. After SIGTERM a job in hand is given up soon: another delivery goes on.

    Args:
        app: with the tasks of the kinds on it.
        kinds: whose queues to work on; the worker is named for the first.
        settings: those that `app` was made from.
        log_level: how much to tell.
        concurrency: jobs at a time, each in a process of its own.
        jobs_per_process: after so many jobs a process is replaced and gives back its memory.
    """
    if settings.heartbeat_file is not None:
        app.steps["worker"].add(heartbeat.make_step(settings.heartbeat_file))
    ending.prepare()
    worker_shutting_down.connect(_tell_jobs)
    with _metrics(app, kinds, settings) as look:
        keep = partial(keep_queue, app, kinds, settings, look)
        app.steps["worker"].add(_keeper("Queue", keep, settings.job_lease_seconds / 2))
        app.worker_main(
            [
                *(["--quiet"] if settings.log_format == "json" else []),  # no banner
                "worker",
                f"--queues={','.join(kinds)}",
                f"--hostname={kinds[0]}@%h",
                f"--concurrency={concurrency}",
                *([f"--max-tasks-per-child={jobs_per_process}"] if jobs_per_process else []),
                "--pool=prefork",
                f"--loglevel={log_level}",
                "--without-gossip",
                "--without-mingle",
            ]
        )
