"""Jobs: their kinds, payloads and states, and their life as records in the graph.

A message on the queue carries a job's id and nothing else; all that is known of a job is a `Job` node. So Redis may
lose everything and no job's record is lost. A worker claims a job by a lease that it renews (`shared.work`); a message
delivered twice finds the lease and waits, and the job of a dead worker is taken over when its lease has ended.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import ConflictError, InvalidInputError, LeaseLostError, NotFoundError, UnavailableError
from shared.graph.port import Graph, Record
from shared.schema import JOB, JOB_QUEUE

R = TypeVar("R", bound=BaseModel)


class JobKind(StrEnum):
    """What a job does; also the name of its queue."""

    INGEST = "ingest"
    TRAIN = "train"

    @property
    def task(self) -> str:
        """The name of the Celery task that does it."""
        return f"marquee.{self.value}"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"  # a training whose model did not pass the gate
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


ColumnName = Annotated[str, Field(min_length=1, max_length=128)]


class IngestRequest(BaseModel):
    """What an ingest is asked to do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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

    family: Literal["inductive", "lightgcn"] = "inductive"
    seed: int = Field(default=0, ge=0, lt=2**31)
    width: int | None = Field(default=None, ge=8, le=512)
    """Dimensions of a vector."""
    temperature: float | None = Field(default=None, ge=0.01, le=10)
    epochs: int | None = Field(default=None, ge=1, le=1_000)
    like_threshold: float = Field(default=4.0, ge=-1_000, le=1_000)
    """A movie is liked from this rating on."""


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
    result: Mapping[str, Any] | None
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
            result=json.loads(record["result"]) if record["result"] else None,
            lease_until=record["leaseUntil"] or 0,
            fence=record["fence"] or 0,
        )


class Sender(Protocol):
    """Puts a job's id on its queue."""

    def __call__(self, kind: JobKind, job_id: str, /) -> None:
        """Raises `UnavailableError` where the queue does not answer."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to work on a job, for as long as its fence stands and it renews its lease."""

    job: Job
    fence: int


@dataclass(frozen=True, slots=True)
class Wait:
    """The job can't be claimed now; ask again after so many seconds."""

    seconds: float


class Jobs:
    """Jobs in the graph: ask for one, look at them, claim, change and finish one."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    # --- for those who ask ---

    def ask(self, request: IngestRequest | TrainRequest, send: Sender) -> tuple[Job, bool]:
        """Queue a job, and say whether it is a new one: of trainings at most one waits at a time.

        Raises:
            UnavailableError: the queue does not answer; the job is kept as failed.
        """
        kind = JobKind.INGEST if isinstance(request, IngestRequest) else JobKind.TRAIN
        while True:
            waiting = self._waiting(kind)
            if waiting is not None and waiting.state is JobState.QUEUED:
                return waiting, False
            job = self._create(kind, request)
            if kind is JobKind.INGEST or self._graph.update_record(
                JOB_QUEUE,
                kind.value,
                {"waitingJobId": job.job_id},
                expected={"waitingJobId": waiting.job_id if waiting else None},
            ):
                break
            self._graph.delete_nodes(JOB, [job.job_id])  # another asked at the same moment: look at theirs
        try:
            send(kind, job.job_id)
        except UnavailableError as error:
            changes = {"state": JobState.FAILED.value, "finishedAt": self._graph.now(), "error": str(error)}
            self._graph.update_record(JOB, job.job_id, changes, expected={"state": JobState.QUEUED.value})
            raise
        return job, True

    def _waiting(self, kind: JobKind) -> Job | None:
        if kind is JobKind.INGEST:
            return None
        self._graph.create_record(JOB_QUEUE, {"kind": kind.value})
        queue = self._graph.read_record(JOB_QUEUE, kind.value)
        waiting = queue["waitingJobId"] if queue else None
        return self.find(waiting) if waiting else None

    def _create(self, kind: JobKind, request: BaseModel) -> Job:
        job_id = uuid.uuid4().hex[:12]
        record: Record = {
            "jobId": job_id,
            "kind": kind.value,
            "state": JobState.QUEUED.value,
            "payload": request.model_dump_json(exclude_none=True),
            "createdAt": self._graph.now(),
            "fence": 0,
            "progress": 0.0,
        }
        if not self._graph.create_record(JOB, record):
            raise ConflictError(f"There is a job {job_id} already. Ask again.")
        return self.get(job_id)

    def find(self, job_id: str) -> Job | None:
        """The job, or None."""
        record = self._graph.read_record(JOB, job_id)
        return Job.from_record(record) if record else None

    def get(self, job_id: str) -> Job:
        """The job.

        Raises:
            NotFoundError: there is none of this id.
        """
        job = self.find(job_id)
        if job is None:
            raise NotFoundError(f"There is no job {job_id!r}; `marquee jobs` lists those there are.")
        return job

    def list(self, *, kind: JobKind | None = None, state: JobState | None = None, limit: int = 50) -> list[Job]:
        """The newest jobs, newest first."""
        where: Record = {}
        if kind is not None:
            where["kind"] = kind.value
        if state is not None:
            where["state"] = state.value
        records = self._graph.find_records(JOB, where, newest_by="createdAt", limit=limit)
        return [Job.from_record(record) for record in records]

    def cancel(self, job_id: str) -> Job:
        """Cancel a job that waits; ask one that runs to stop, which it does within its next step.

        Raises:
            NotFoundError: there is no such job.
            ConflictError: it has ended already.
        """
        while True:
            job = self.get(job_id)
            if job.state.is_final:
                raise ConflictError(f"Job {job_id} has ended already: it {job.state}.")
            changes: Record = {"cancelRequested": True}
            if job.state is JobState.QUEUED:
                changes |= {"state": JobState.CANCELLED.value, "finishedAt": self._graph.now()}
            if self._graph.update_record(JOB, job_id, changes, expected={"state": job.state.value}):
                return self.get(job_id)

    # --- for workers ---

    def claim(self, job_id: str, *, owner: str, lease_seconds: float) -> Claim | Wait | None:
        """Take a job: one that waits, or one that runs and whose lease has ended. Of trainings one runs at a time.

        Returns None where there is nothing to do: the job has ended, or there is none of this id.
        """
        job = self.find(job_id)
        if job is None or job.state.is_final:
            return None
        now = self._graph.now()
        if job.state is JobState.RUNNING and job.lease_until > now:
            return Wait((job.lease_until - now) / 1_000 + 0.5)
        if job.kind is JobKind.TRAIN and (wait := self._take_turn(job, now)) is not None:
            return wait
        claimed = self._graph.update_record(
            JOB,
            job_id,
            {
                "state": JobState.RUNNING.value,
                "owner": owner,
                "fence": job.fence + 1,
                "leaseUntil": now + round(lease_seconds * 1_000),
                "startedAt": job.started_at or now,
            },
            expected={"state": job.state.value, "fence": job.fence},
        )
        if not claimed:
            return Wait(0.5)  # another took it, or it was cancelled: look again
        if job.kind is JobKind.TRAIN:
            self._graph.update_record(
                JOB_QUEUE, job.kind.value, {"waitingJobId": None}, expected={"waitingJobId": job_id}
            )
        return Claim(self.get(job_id), job.fence + 1)

    def _take_turn(self, job: Job, now: int) -> Wait | None:
        """Become the one running job of its kind, or say how long to wait for the one that is."""
        self._graph.create_record(JOB_QUEUE, {"kind": job.kind.value})
        queue = self._graph.read_record(JOB_QUEUE, job.kind.value)
        running_id = queue["runningJobId"] if queue else None
        if running_id == job.job_id:
            return None
        running = self.find(running_id) if running_id else None
        if running is not None and running.state is JobState.RUNNING:
            return Wait(min(5.0, max(0.0, (running.lease_until - now) / 1_000) + 0.5))
        moved = self._graph.update_record(
            JOB_QUEUE, job.kind.value, {"runningJobId": job.job_id}, expected={"runningJobId": running_id}
        )
        return None if moved else Wait(0.5)

    def update(self, claim: Claim, changes: Record, *, lease_seconds: float) -> Job:
        """Change a running job's record and renew its lease.

        Raises:
            LeaseLostError: another worker has taken the job over.
        """
        renewed = {**changes, "leaseUntil": self._graph.now() + round(lease_seconds * 1_000)}
        expected = {"state": JobState.RUNNING.value, "fence": claim.fence}
        if not self._graph.update_record(JOB, claim.job.job_id, renewed, expected=expected):
            raise LeaseLostError(f"Job {claim.job.job_id} was taken over by another worker.")
        return self.get(claim.job.job_id)

    def finish(
        self, claim: Claim, state: JobState, *, result: Mapping[str, Any] | None = None, error: str | None = None
    ) -> None:
        """End a running job.

        Raises:
            LeaseLostError: another worker has taken the job over.
        """
        changes: Record = {
            "state": state.value,
            "finishedAt": self._graph.now(),
            "leaseUntil": None,
            "secondsLeft": None,
            "result": json.dumps(result) if result is not None else None,
            "error": error,
        }
        if state is JobState.SUCCEEDED or state is JobState.REJECTED:
            changes |= {"progress": 1.0, "stageProgress": 1.0}
        expected = {"state": JobState.RUNNING.value, "fence": claim.fence}
        if not self._graph.update_record(JOB, claim.job.job_id, changes, expected=expected):
            raise LeaseLostError(f"Job {claim.job.job_id} was taken over by another worker.")
        if claim.job.kind is JobKind.TRAIN:
            self._graph.update_record(
                JOB_QUEUE,
                claim.job.kind.value,
                {"runningJobId": None},
                expected={"runningJobId": claim.job.job_id},
            )


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
