"""What can be asked for, in one vocabulary: kinds of jobs, their payloads and states.

A message on the queue carries a job's id and nothing else; all that is known of a job is a `Job` node, which
`shared.job_records` looks after. So Redis may lose everything and no job is lost.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import InvalidInputError
from shared.graph.port import Record

R = TypeVar("R", bound=BaseModel)


class JobKind(StrEnum):
    """What a job does; also the name of its queue."""

    INGEST = "ingest"
    TRAIN = "train"
    TUNE = "tune"
    CLEAN_UP = "clean-up"

    @property
    def is_single(self) -> bool:
        """Whether one job of the kind runs at a time, and one more at most waits."""
        return self not in (JobKind.INGEST, JobKind.TUNE)

    @property
    def task(self) -> str:
        """The name of the Celery task that does it."""
        return f"marquee.{self.value}"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"  # a training whose model, or a tuning whose settings, did not pass the gate
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


SOURCE_NAMES: Final = (
    "sample", "ml-100k", "ml-1m", "ml-10m", "ml-20m", "ml-25m", "ml-32m", "ml-latest", "ml-latest-small",
)  # fmt: skip
"""Sources that an ingest knows by name: the built-in sample, and MovieLens as it is published."""

DEFAULT_TRIALS: Final = 30
"""Of a tuning that names neither trials nor minutes."""

ColumnName = Annotated[str, Field(min_length=1, max_length=128)]


class IngestRequest(BaseModel):
    """What an ingest is asked to do."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ClassVar[JobKind] = JobKind.INGEST

    source: str = Field(min_length=1, max_length=1024)
    """A MovieLens name (`ml-latest-small`), a URL, a folder, a `.zip`, or a CSV or Parquet file of ratings."""
    movies: str | None = Field(default=None, min_length=1, max_length=1024)
    """A CSV or Parquet file of movies, beside a file of ratings."""
    columns: dict[ColumnName, ColumnName] = Field(default_factory=dict, max_length=16)
    """For CSV and Parquet: our name of a column (`userId`, `movieId`, `rating`, `ratedAt`, `title`, …) to theirs."""
    min_rating: float | None = Field(default=None, ge=-1_000, le=1_000)
    """The lowest rating of the scale; that of the source's kind where it is left out."""
    max_rating: float | None = Field(default=None, ge=-1_000, le=1_000)
    strict: bool = False
    """Refuse a source with any fault instead of leaving the faulty rows out."""


class TrainRequest(BaseModel):
    """What a training is asked to do. What is left out is chosen by the trainer, on validation data where it can."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ClassVar[JobKind] = JobKind.TRAIN

    family: Literal["inductive", "lightgcn"] = "inductive"
    seed: int = Field(default=0, ge=0, lt=2**31)
    width: int | None = Field(default=None, ge=8, le=512)
    """Dimensions of a vector."""
    temperature: float | None = Field(default=None, ge=0.01, le=10)
    epochs: int | None = Field(default=None, ge=1, le=1_000)
    linear_rank: int | None = Field(default=None, ge=0, le=512)
    """Columns of the linear part beside the model; 0 for none."""
    like_threshold: float = Field(default=4.0, ge=-1_000, le=1_000)
    """A movie is liked from this rating on."""


class TuneRequest(BaseModel):
    """What a tuning is asked to do: try settings of a family until so many were tried, or until the time is over.

    Jobs that ask for the same family, seed, threshold and study, of the same data, are workers on one study.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ClassVar[JobKind] = JobKind.TUNE

    family: Literal["inductive", "lightgcn"] = "inductive"
    seed: int = Field(default=0, ge=0, lt=2**31)
    like_threshold: float = Field(default=4.0, ge=-1_000, le=1_000)
    """A movie is liked from this rating on."""
    trials: int | None = Field(default=None, ge=1, le=10_000)
    """Trials of the whole study, what other jobs have done included; 30 where `minutes` are left out, too."""
    minutes: float | None = Field(default=None, gt=0, le=10_080)
    """No trial begins later than so long after this job has begun; what runs then ends at its next look."""
    study: str | None = Field(default=None, min_length=1, max_length=64)
    """A name of one's own begins a study anew; without it a tuning goes on with the one that there is of the data."""

    @property
    def most_trials(self) -> int | None:
        """How many trials the study may have; None: as many as the minutes allow."""
        return DEFAULT_TRIALS if self.trials is None and self.minutes is None else self.trials


class CleanUpRequest(BaseModel):
    """What a clean-up is asked to do: what the settings say (`shared.retention`), so there is nothing to choose."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ClassVar[JobKind] = JobKind.CLEAN_UP


JobRequest = IngestRequest | TrainRequest | TuneRequest | CleanUpRequest


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the graph knows it. Times are milliseconds since 1970, fractions go from 0 to 1."""

    job_id: str
    kind: JobKind
    state: JobState
    payload: Mapping[str, Any]
    created_at: int
    started_at: int | None
    finished_at: int | None
    stage: str | None
    progress: float
    stage_progress: float
    seconds_left: float | None
    cancel_requested: bool
    error: str | None
    """What ended a failed job, in words."""
    error_type: str | None
    """The name of the kind of error, such as `InvalidInputError`."""
    result: Mapping[str, Any] | None
    sent_at: int
    """When its message was last put on the queue, or last seen there by a worker."""
    lease_until: int
    fence: int
    """Grows with every claim: a worker whose fence is not the stored one has been taken over."""

    @classmethod
    def from_record(cls, record: Record) -> "Job":
        """The job that a `Job` node describes."""
        return cls(
            job_id=record["jobId"],
            kind=JobKind(record["kind"]),
            state=JobState(record["state"]),
            payload=json.loads(record["payload"]),
            created_at=record["createdAt"],
            started_at=record["startedAt"],
            finished_at=record["finishedAt"],
            stage=record["stage"],
            progress=record["progress"] or 0.0,
            stage_progress=record["stageProgress"] or 0.0,
            seconds_left=record["secondsLeft"],
            cancel_requested=bool(record["cancelRequested"]),
            error=record["error"],
            error_type=record["errorType"],
            result=json.loads(record["result"]) if record["result"] else None,
            sent_at=record["sentAt"] or 0,
            lease_until=record["leaseUntil"] or 0,
            fence=record["fence"] or 0,
        )


class Sender(Protocol):
    """Puts a job's id on its queue."""

    def __call__(self, kind: JobKind, job_id: str, /) -> None:
        """Raises `UnavailableError` where the queue does not answer."""


def parse_request(kind: type[R], payload: Mapping[str, Any]) -> R:
    """A job's payload as a request of `kind`.

    Raises:
        InvalidInputError: a field does not fit; the message names each.
    """
    try:
        return kind.model_validate(payload)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InvalidInputError(f"The request does not fit: {faults}.") from error
