"""How a worker does a job: claim it, renew the lease, report progress, notice a cancellation, record the end.

Both workers use `do_job`; what differs is the plain function that they hand to it.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.errors import CancelledError, LeaseLostError, MarqueeError, UnavailableError
from shared.graph.port import Graph, Record
from shared.job_records import Claim, Jobs, Wait
from shared.jobs import Job, JobState

_POLL_SECONDS: Final = 0.5  # how soon progress is shown and a cancellation is noticed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job that ran to its end came out, and what is kept of it (JSON values)."""

    result: Mapping[str, Any] = field(default_factory=dict)
    state: JobState = JobState.SUCCEEDED


class JobContext:
    """What work may ask and tell while it runs. `progress` costs next to nothing: a thread writes it down."""

    def __init__(self, job: Job, stages: Mapping[str, float]) -> None:
        self.job = job
        self._weights = dict(stages)
        self._total = sum(stages.values())
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._changes: Record = {}
        self._stop: MarqueeError | None = None

    def progress(self, stage: str, fraction: float) -> None:
        """Say that `fraction` (0 to 1) of `stage` is done. Call it at least once a second or so: it stops work, too.

        Raises:
            CancelledError: the job was asked to stop.
            LeaseLostError: another worker has taken the job over.
            KeyError: the job was not declared with such a stage.
        """
        self.check()
        before = 0.0
        for name, weight in self._weights.items():
            if name == stage:
                break
            before += weight
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


def owner_name() -> str:
    """Who holds a lease: host, process and thread."""
    return f"{socket.gethostname()}:{os.getpid()}"


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
    """
    jobs = Jobs(graph)
    claim = jobs.claim(job_id, owner=owner_name(), lease_seconds=lease_seconds)
    if claim is None or isinstance(claim, Wait):
        return claim
    context = JobContext(claim.job, stages)
    if claim.job.cancel_requested:
        context.stop(CancelledError("Cancelled."))
    done = threading.Event()
    keeper = threading.Thread(
        target=_keep_lease, args=(jobs, claim, context, done, lease_seconds), name=f"lease-{job_id}", daemon=True
    )
    keeper.start()
    try:
        try:
            context.check()
            outcome = work(context)
        finally:
            done.set()
            keeper.join()
        jobs.finish(claim, outcome.state, result=outcome.result)
    except LeaseLostError:
        log.warning("job %s was taken over by another worker; nothing more is written here", job_id)
    except CancelledError as error:
        jobs.finish(claim, JobState.CANCELLED, error=str(error))
    except UnavailableError:
        raise
    except MarqueeError as error:
        log.warning("job %s failed: %s", job_id, error)
        jobs.finish(claim, JobState.FAILED, error=str(error), error_type=type(error).__name__)
    except Exception as error:
        log.exception("job %s failed", job_id)
        name = type(error).__name__
        jobs.finish(claim, JobState.FAILED, error=f"Unexpected {name}: {error}", error_type=name)
    return None


def _keep_lease(jobs: Jobs, claim: Claim, context: JobContext, done: threading.Event, lease_seconds: float) -> None:
    """Until `done`: write progress down, renew the lease, notice a cancellation."""
    renew_at = time.monotonic() + lease_seconds / 3
    while not done.wait(_POLL_SECONDS):
        try:
            changes = context.take_changes()
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
