"""How a worker does a job: claim it, renew the lease, report progress, notice a cancellation, record the end.

Both workers use `do_job`; what differs is the plain function that they hand to it.
"""

import contextlib
import errno
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from shared import ending
from shared.errors import (
    CancelledError,
    LeaseLostError,
    MarqueeError,
    NoSpaceError,
    StoppedError,
    UnavailableError,
)
from shared.graph.port import Fence, Graph, Record
from shared.job_log import JobLog, owner_name
from shared.job_records import Claim, Jobs, Wait
from shared.jobs import Job, JobState
from shared.schema import JOB
from shared.watching.job_watch import JobWatch

_POLL_SECONDS: Final = 0.5  # how soon progress is shown and a cancellation is noticed
_ENDING_SECONDS: Final = 8.0  # that work has to stop in order; who sends SIGTERM seldom waits longer than ten
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job that ran to its end came out, and what is kept of it (JSON values)."""

    result: Mapping[str, Any] = field(default_factory=dict)
    state: JobState = JobState.SUCCEEDED


class JobContext:
    """What work may ask and tell while it runs. `progress` costs next to nothing: a thread writes it down."""

    def __init__(
        self, graph: Graph, job: Job, stages: Mapping[str, float], on_stage: Callable[[str], None] | None = None
    ) -> None:
        self.graph = graph
        """Where the work reads and writes; it takes writes only as long as this worker holds the job."""
        self.job = job
        self._weights = dict(stages)
        self._total = sum(stages.values())
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._changes: Record = {}
        self._stop: MarqueeError | None = None
        self._stage: str | None = None
        self._on_stage = on_stage

    def plan(self, stages: Mapping[str, float]) -> None:
        """Declare other stages: for a job whose request says that it does something else than others of its kind."""
        self._weights, self._total = dict(stages), sum(stages.values())

    def progress(self, stage: str, fraction: float) -> None:
        """Say that `fraction` (0 to 1) of `stage` is done. Call it at least once a second or so: it stops work, too.

        Raises:
            CancelledError: the job was asked to stop.
            StoppedError: the worker was told to end.
            LeaseLostError: another worker has taken the job over.
            KeyError: the job was not declared with such a stage.
        """
        self.check()
        before = 0.0
        for name, weight in self._weights.items():
            if name == stage:
                break
            before += weight
        if stage != self._stage:
            self._stage = stage
            log.info("stage %s", stage)
            if self._on_stage is not None:
                self._on_stage(stage)
        fraction = min(max(fraction, 0.0), 1.0)
        whole = (before + self._weights[stage] * fraction) / self._total
        elapsed = time.monotonic() - self._started
        changes: Record = {"stage": stage, "stageProgress": fraction, "progress": whole}
        changes["secondsLeft"] = elapsed * (1 - whole) / whole if whole > 0.02 else None  # noqa: PLR2004 - too early to tell
        with self._lock:
            self._changes = changes

    def check(self) -> None:
        """Raise what ends this work, if anything does (see `progress`)."""
        if self._stop is not None:
            raise self._stop

    def take_changes(self) -> Record:
        """What there is to write down since the last call."""
        with self._lock:
            changes, self._changes = self._changes, {}
        return changes

    def stop(self, reason: MarqueeError) -> None:
        """Let the next `progress` or `check` raise `reason`."""
        self._stop = reason


def do_job(
    graph: Graph,
    job_id: str,
    work: Callable[[JobContext], Outcome],
    *,
    stages: Mapping[str, float],
    lease_seconds: float,
) -> Wait | None:
    """Do a job, whatever comes: its record says at the end how it came out.

    Args:
        graph: where the job's record is.
        job_id: from the message.
        work: does it; raises `CancelledError` or `LeaseLostError` out of its context's `progress`.
        stages: the stages of `work` in order, with what part of the time each takes.
        lease_seconds: how long the claim lasts without being renewed.

    Returns:
        `Wait` where the job can't be claimed yet: deliver the message again after that time. None otherwise.

    Raises:
        UnavailableError: a server is away. The lease will end; deliver the message again.
        StoppedError: this worker was told to end. The lease has ended; deliver the message again.
    """
    jobs = Jobs(graph)
    claim = jobs.claim(job_id, owner=owner_name(), lease_seconds=lease_seconds)
    if claim is None or isinstance(claim, Wait):
        return claim
    watch = JobWatch(claim.job)
    context = JobContext(graph.fenced(Fence(JOB, job_id, claim.expected)), claim.job, stages, watch.stage)
    if claim.job.cancel_requested:
        context.stop(CancelledError("Cancelled."))
    with watch.watching(), JobLog(context.graph, claim.job) as journal:
        log.info("%s job %s begins here, for the %s time", claim.job.kind, job_id, _ordinal(claim.fence))
        _do_claimed(jobs, claim, context, journal, work, watch=watch, lease_seconds=lease_seconds)
    return None


def _ordinal(number: int) -> str:
    """A count in words.

    >>> [_ordinal(number) for number in (1, 2, 3, 4)]
    ['first', 'second', 'third', '4th']
    """
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


def _do_claimed(
    jobs: Jobs,
    claim: Claim,
    context: JobContext,
    journal: JobLog,
    work: Callable[[JobContext], Outcome],
    *,
    watch: JobWatch,
    lease_seconds: float,
) -> None:
    """Do the work beside a thread that keeps the lease, and write down how it came out, after the log's last lines."""
    job_id = claim.job.job_id
    done = threading.Event()
    keeper = threading.Thread(
        target=partial(_keep_lease, jobs, claim, context, journal, done, lease_seconds=lease_seconds),
        name=f"lease-{job_id}",
        daemon=True,
    )
    keeper.start()

    def give_up(state: JobState, reason: str, error: Exception, name: str | None = None) -> None:
        log.warning("job %s %s: %s", job_id, state, reason, exc_info=None if isinstance(error, MarqueeError) else error)
        jobs.finish(claim, state, error=reason, error_type=name, also=_last_lines(journal))
        watch.state = state.value

    try:
        try:
            context.check()
            outcome = work(context)
        finally:
            done.set()
            keeper.join()
        log.info("job %s %s", job_id, outcome.state)
        jobs.finish(claim, outcome.state, result=outcome.result, also=_last_lines(journal))
        watch.state = outcome.state.value
    except LeaseLostError:
        watch.state = "taken-over"
        log.warning("job %s was taken over by another worker; nothing more is written here", job_id)
    except CancelledError as error:
        give_up(JobState.CANCELLED, str(error), error)
    except StoppedError:
        watch.state = "given-up"
        log.info("job %s is left to another worker: this one was told to end", job_id)
        jobs.release(claim, _last_lines(journal))
        raise
    except NoSpaceError as error:
        give_up(JobState.FAILED, str(error), error, type(error).__name__)
    except UnavailableError:
        raise
    except MarqueeError as error:
        give_up(JobState.FAILED, str(error), error, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever it is, the job's record tells it
        name, meaning = _meaning(error)
        give_up(JobState.FAILED, meaning, error, name)


def _last_lines(journal: JobLog) -> Record:
    """What the log has left to write, written, as far as it can be: how a job came out matters more."""
    try:
        return journal.write()
    except MarqueeError as error:
        log.warning("the last lines of the log are not kept: %s", error)
        return {}


def _meaning(error: Exception) -> tuple[str, str]:
    """The kind of an error that was not raised on purpose, and what is told of it."""
    if isinstance(error, OSError) and error.errno in _FULL:
        where = f" of {error.filename}" if error.filename else ""
        return NoSpaceError.__name__, (
            f"The disk{where} is full ({error}). The worker writes to MARQUEE_DATA_DIR and to the temporary folder: "
            "make room there, and ask again; a broken download goes on from where it was."
        )
    name = type(error).__name__
    return name, f"Unexpected {name}: {error}"


def _keep_lease(
    jobs: Jobs, claim: Claim, context: JobContext, journal: JobLog, done: threading.Event, *, lease_seconds: float
) -> None:
    """Until `done`: write down progress and log, renew the lease, notice a cancellation, or that this is to end."""
    renew_at = time.monotonic() + lease_seconds / 3
    told_at: float | None = None
    while not done.wait(_POLL_SECONDS):
        try:
            if ending.is_told():
                told_at = told_at or time.monotonic()
                context.stop(StoppedError("The worker was told to end."))
                if time.monotonic() > told_at + _ENDING_SECONDS:
                    _end_process(jobs, claim)
            changes = context.take_changes()
            if journal.has_lines:
                changes |= journal.write()
            if changes or time.monotonic() >= renew_at:
                job = jobs.update(claim, changes, lease_seconds=lease_seconds)
                renew_at = time.monotonic() + lease_seconds / 3
            else:
                job = jobs.get(claim.job.job_id)
            if job.cancel_requested:
                context.stop(CancelledError("Cancelled."))
        except UnavailableError as error:
            log.warning("the lease of job %s could not be renewed, trying on: %s", claim.job.job_id, error)
        except MarqueeError as error:
            context.stop(error if isinstance(error, LeaseLostError) else LeaseLostError(str(error)))
            return


def _end_process(jobs: Jobs, claim: Claim) -> None:
    """End the work that does not listen, with its process: Celery puts the message back, and a checkpoint stays."""
    log.warning("job %s does not stop, so its process is ended; another worker goes on", claim.job.job_id)
    with contextlib.suppress(MarqueeError):  # the lease will end by itself
        jobs.release(claim)
    os.kill(os.getpid(), signal.SIGKILL)
