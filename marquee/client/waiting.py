"""Waiting for a job to end."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from marquee.client.errors import JobFailedError
from marquee.client.request import Pause, Request, Retrying, Steps
from marquee.client.stream import FINAL
from marquee.client.types.jobs import JobAnswer


@dataclass(frozen=True, slots=True)
class Waiting:
    """Asks how a job stands until it has ended.

    Attributes:
        on_progress: called with the job as it stands, first and whenever something has changed.
        every_seconds: how often it is asked.
        timeout_seconds: None to wait for as long as it takes.
    """

    job_id: str
    on_progress: Callable[[JobAnswer], object] | None
    every_seconds: float
    timeout_seconds: float | None

    def steps(self, retrying: Retrying) -> Steps[JobAnswer]:
        """The steps to the job as it has ended."""
        began, shown = time.monotonic(), None
        request: Request[JobAnswer] = Request("GET", "/v1/jobs/{jobId}", {"jobId": self.job_id})
        while True:
            job = yield from retrying.answer(request)
            if self.on_progress is not None and job != shown:
                self.on_progress(job)
                shown = job
            if job["state"] in {"failed", "cancelled"}:
                raise JobFailedError(job)
            if job["state"] in FINAL:
                return job
            if self.timeout_seconds is not None and time.monotonic() - began >= self.timeout_seconds:
                raise TimeoutError(
                    f"The {job['kind']} job {self.job_id} is {job['state']} after {self.timeout_seconds:g} s."
                )
            yield Pause(self.every_seconds)
