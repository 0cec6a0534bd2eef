"""What others see of a job while a worker does it: ids in the worker's log lines, figures, and spans."""

import contextlib
import time
from collections.abc import Iterator

from shared.jobs import Job, JobState
from shared.watching import subject
from shared.watching.job_reports import JobReport, tell
from shared.watching.tracing import JobSpan


class JobWatch:
    """Watches one job from its claim to what became of it here."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._started = self._stage_started = time.monotonic()
        self._stage: str | None = None
        self._stages: dict[str, float] = {}
        attributes = {"marquee.job.id": job.job_id, "marquee.request.id": job.request_id or ""}
        self._span = JobSpan(job.kind.value, attributes, job.trace_parent)
        self.state = "unavailable"
        """What became of the job, to be set once it is known; a store that is away ends work without a word."""

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._end_stage()
        self._stage = name
        self._span.stage(name)

    @contextlib.contextmanager
    def watching(self) -> Iterator["JobWatch"]:
        """For as long as the job is done."""
        try:
            with subject.doing_job(self._job.job_id, self._job.request_id), self._span.current():
                yield self
        finally:
            self._end_stage()
            tell(JobReport(self._job.kind.value, self.state, time.monotonic() - self._started, self._stages))
            self._span.end(self.state, is_error=self.state in (JobState.FAILED.value, "unavailable"))

    def _end_stage(self) -> None:
        now = time.monotonic()
        if self._stage is not None:
            self._stages[self._stage] = self._stages.get(self._stage, 0.0) + now - self._stage_started
        self._stage_started = now
