"""Jobs: asked for, looked at, waited for, followed, cancelled."""

from collections.abc import Callable
from typing import Any, Unpack

from marquee.client.operation import followed, operation
from marquee.client.request import Request
from marquee.client.types.jobs import (
    BatchBody,
    CompareBody,
    IngestBody,
    JobAnswer,
    JobEvent,
    JobKind,
    JobList,
    JobLogAnswer,
    JobState,
    TrainBody,
    TuneBody,
)
from marquee.client.waiting import Waiting


class Jobs:
    """Jobs. One that is asked for waits in a queue: `wait_for_job` or `follow_job` says when it has ended."""

    @operation
    def ingest(self, **asked: Unpack[IngestBody]) -> Request[JobAnswer]:
        """Ask for the reading of movies and ratings into the graph."""
        return _ask("/v1/jobs/ingest", asked)

    @operation
    def train(self, **asked: Unpack[TrainBody]) -> Request[JobAnswer]:
        """Ask for a training on what is in the graph; its model is served if it passes the gate."""
        return _ask("/v1/jobs/train", asked)

    @operation
    def compare(self, **asked: Unpack[CompareBody]) -> Request[JobAnswer]:
        """Ask for a comparison of models on what is in the graph."""
        return _ask("/v1/jobs/compare", asked)

    @operation
    def tune(self, **asked: Unpack[TuneBody]) -> Request[JobAnswer]:
        """Ask for a search for better settings."""
        return _ask("/v1/jobs/tune", asked)

    @operation
    def batch(self, **asked: Unpack[BatchBody]) -> Request[JobAnswer]:
        """Ask for recommendations to all users, into files and into the graph."""
        return _ask("/v1/jobs/batch", asked)

    @operation
    def clean_up(self) -> Request[JobAnswer]:
        """Ask for the removal of old jobs and model versions."""
        return _ask("/v1/jobs/clean-up", {})

    @operation
    def jobs(
        self, *, kind: JobKind | None = None, state: JobState | None = None, limit: int | None = None
    ) -> Request[JobList]:
        """Jobs, newest first."""
        return Request("GET", "/v1/jobs", params={"kind": kind, "state": state, "limit": limit})

    @operation
    def job(self, job_id: str) -> Request[JobAnswer]:
        """Where a job stands, and what came of it."""
        return Request("GET", "/v1/jobs/{jobId}", {"jobId": job_id})

    @operation
    def job_log(self, job_id: str, *, after: int | None = None, limit: int | None = None) -> Request[JobLogAnswer]:
        """What the workers logged while they did a job; go on `after` its `next`, until it is complete."""
        return Request("GET", "/v1/jobs/{jobId}/log", {"jobId": job_id}, {"after": after, "limit": limit})

    @operation
    def cancel_job(self, job_id: str) -> Request[JobAnswer]:
        """Cancel a job that waits, or ask one that runs to stop."""
        return Request("POST", "/v1/jobs/{jobId}/cancel", {"jobId": job_id})

    @operation
    def wait_for_job(
        self,
        job_id: str,
        *,
        on_progress: Callable[[JobAnswer], object] | None = None,
        every_seconds: float = 1.0,
        timeout_seconds: float | None = None,
    ) -> Waiting:
        """Wait until a job has ended, and return it: it has succeeded, or the gate has rejected its model.

        Args:
            job_id: which.
            on_progress: called with the job as it stands, first and whenever something has changed.
            every_seconds: how often it is asked.
            timeout_seconds: None to wait for as long as it takes.

        Raises:
            JobFailedError: it has failed, or was cancelled.
            TimeoutError: it has not ended in time; it goes on.
        """
        return Waiting(job_id, on_progress, every_seconds, timeout_seconds)

    @followed
    def follow_job(self, job_id: str) -> Request[JobEvent]:
        """How a job stands, then every change as it comes, until it has ended."""
        return Request("GET", "/v1/jobs/{jobId}/events", {"jobId": job_id})

    @followed
    def follow_jobs(self) -> Request[JobEvent]:
        """How each job stands that waits or runs, then every change of any, without an end."""
        return Request("GET", "/v1/jobs/events")


def _ask(route: str, body: Any) -> Request[JobAnswer]:  # noqa: ANN401 - JSON
    return Request("POST", route, json=body)
