"""Jobs, their logs and their events, as they are answered."""

from typing import Any

from pydantic import ConfigDict, Field

from services.recommender.bodies.answer import Answer, Time
from shared.jobs import JobKind, JobState


class JobAnswer(Answer):
    """A job."""

    job_id: str = Field(examples=["9f1c2a7be0d4"])
    kind: JobKind
    state: JobState
    request: dict[str, Any] = Field(description="What was asked for.", examples=[{"source": "ml-latest-small"}])
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    stage: str | None = Field(examples=["train"])
    progress: float = Field(description="Of the whole job, 0 to 1.", examples=[0.42])
    stage_progress: float = Field(description="Of the present stage, 0 to 1.", examples=[0.9])
    seconds_left: float | None = Field(description="An estimate; null while there is none.", examples=[12.5])
    cancel_requested: bool
    error: str | None = Field(description="Why it failed or was cancelled.", examples=[None])
    result: dict[str, Any] | None = Field(
        description="What came of it: an ingest's report, a training's version, a comparison's table, a batch's folder."
    )
    part_of: str | None = Field(description="The job that this one is a part of: a batch, of its shards.")
    request_id: str | None = Field(
        description="`X-Request-Id` of the request that asked for it, which its workers' logs name, too.",
        examples=["b8c0f3e1a2d400000001"],
    )


class JobList(Answer):
    """Jobs, newest first."""

    items: list[JobAnswer]


JOB_LOG_EXAMPLE: dict[str, Any] = {
    "items": [
        {
            "number": 1,
            "at": "2026-11-21T09:30:00Z",
            "level": "INFO",
            "worker": "trainer-1:4242",
            "text": "train job 9f1c2a7be0d4 begins here, for the first time",
        }
    ],
    "next": 1,
    "isComplete": False,
}


class JobLogLine(Answer):
    """A line of a job's log."""

    number: int = Field(description="Of all lines of the job, from 1.")
    at: Time
    level: str
    worker: str = Field(description="Host and process that did the job then.")
    text: str


class JobLogAnswer(Answer):
    """Lines of a job's log, oldest first."""

    model_config = ConfigDict(json_schema_extra={"example": JOB_LOG_EXAMPLE})

    items: list[JobLogLine]
    next: int = Field(description="What to ask for as `after` to get the lines that follow.")
    is_complete: bool = Field(description="Whether these are the last lines: the job has ended.")


class JobEvent(Answer):
    """How a job stands, as an event tells it."""

    job_id: str
    kind: JobKind
    state: JobState
    stage: str | None
    progress: float
    stage_progress: float
    seconds_left: float | None
    cancel_requested: bool
    error: str | None
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
