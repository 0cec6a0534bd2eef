"""Jobs in the graph, messages on the queue, and workers that answer: whether they go together."""

import time
from collections.abc import Iterator, Mapping
from typing import Final

from celery import Celery

from shared.doctor.findings import Finding, Level
from shared.graph import open_graph
from shared.job_records import Jobs
from shared.jobs import Job, JobKind, JobState
from shared.queue import make_celery, waiting
from shared.settings import QueueSettings

PART: Final = "jobs"
_COMMANDS: Final = {
    JobKind.INGEST: "marquee ingest-worker",
    JobKind.TRAIN: "marquee trainer-worker",
    JobKind.COMPARE: "marquee trainer-worker",
    JobKind.TUNE: "marquee trainer-worker",
    JobKind.CLEAN_UP: "marquee ingest-worker",
    JobKind.BATCH: "marquee trainer-worker",
    JobKind.BATCH_SHARD: "marquee trainer-worker",
}
_ANSWER_SECONDS: Final = 2.0  # a worker's event loop answers in milliseconds, also while its jobs run
_MOST: Final = 1_000
_STUCK_LEASES: Final = 5  # a dead worker's job is taken over after one lease and a look of another worker's


def check_jobs(settings: QueueSettings) -> Iterator[Finding]:
    """Each kind of jobs: who does them, what waits, what hangs, how the last one ended.

    Raises:
        UnavailableError: the graph or the queue does not answer.
    """
    app = make_celery(settings)
    workers = _workers(app)
    with open_graph(settings) as graph:
        jobs, now = Jobs(graph), graph.now()
        for kind in JobKind:
            queued, running = (jobs.list(kind=kind, state=s, limit=_MOST) for s in (JobState.QUEUED, JobState.RUNNING))
            messages = waiting(app, kind)
            yield _who_does(kind, workers.get(kind.value, 0), len(queued), len(running))
            before = now - round(_STUCK_LEASES * settings.job_lease_seconds * 1_000)
            hanging = [*running, *([] if messages or running else queued)]
            yield from (_stuck(job, now) for job in hanging if max(job.sent_at, job.lease_until) < before)
            yield from _how_the_last_ended(jobs, kind)


def _workers(app: Celery) -> Mapping[str, int]:
    """How many workers answer, by the queue that they work on."""
    answered = app.control.inspect(timeout=_ANSWER_SECONDS).active_queues() or {}
    names = [queue["name"] for queues in answered.values() for queue in queues]
    return {name: names.count(name) for name in set(names)}


def _who_does(kind: JobKind, workers: int, queued: int, running: int) -> Finding:
    counts = f"{queued:,} wait and {running:,} run"
    if workers:
        return Finding(
            PART, Level.WELL, f"{kind}: {workers} worker{' answers' if workers == 1 else 's answer'}; {counts}."
        )
    level = Level.WRONG if queued or running else Level.WARNING
    what = f"{kind}: no worker answers that does such jobs; {counts}."
    return Finding(PART, level, what, f"Start one, `{_COMMANDS[kind]}`, or see whether the one there is hangs.")


def _stuck(job: Job, now: int) -> Finding:
    silent = (now - max(job.sent_at, job.lease_until)) / 1_000
    what = f"The {job.kind} job {job.job_id} is {job.state}, and nobody has worked on it for {silent:,.0f} s."
    return Finding(
        PART, Level.WRONG, what, f"A worker takes it over when one runs; `marquee jobs cancel {job.job_id}` ends it."
    )


def _how_the_last_ended(jobs: Jobs, kind: JobKind) -> Iterator[Finding]:
    last = next((job for job in jobs.list(kind=kind, limit=10) if job.state.is_final), None)
    if last is not None and last.state is JobState.FAILED:
        ended = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime((last.finished_at or last.created_at) / 1_000))
        what = f"The last {kind} job, {last.job_id}, failed at {ended}: {last.error}"
        yield Finding(PART, Level.WARNING, what, f"`marquee jobs show {last.job_id}` shows all of it.")
