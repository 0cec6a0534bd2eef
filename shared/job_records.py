"""Jobs as records in the graph: ask for one, look at them, claim, change and finish one, and put lost ones back.

A worker claims a job by a lease that it renews (`shared.work`); a message delivered twice finds the lease and waits,
and the job of a dead worker is taken over when its lease has ended. All of it is compare-and-set on single nodes, so it
is the same in either store.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from shared.errors import ConflictError, LeaseLostError, NotFoundError, UnavailableError
from shared.graph.port import Graph, Record
from shared.jobs import BatchShardRequest, Job, JobKind, JobRequest, JobState, Sender
from shared.schema import JOB, JOB_QUEUE
from shared.watching import subject, tracing

_TURN_SECONDS: Final = 5.0  # between two looks whether the job before has ended
_HERE_SECONDS: Final = 20.0  # a job that a worker has seen so lately will be seen again, if a worker is free
_MOST_PUT_BACK: Final = 1_000
_MOST_PARTS: Final = 10_000
_MOST_LOOKED_THROUGH: Final = 1_000
_LONGEST_LEASES: Final = (
    10  # a time further ahead than so many leases was written before the store's clock was set back
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to work on a job, for as long as its fence stands and it renews its lease."""

    job: Job
    fence: int

    @property
    def expected(self) -> Record:
        """What stands in the job's record for as long as the claim does."""
        return {"state": JobState.RUNNING.value, "fence": self.fence}


@dataclass(frozen=True, slots=True)
class Wait:
    """The job can't be claimed now; ask again after so many seconds."""

    seconds: float


class Jobs:
    """Jobs in the graph: ask for one, look at them, claim, change and finish one."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    # --- for those who ask ---

    def ask(self, request: JobRequest, send: Sender, *, job_id: str | None = None) -> tuple[Job, bool]:
        """Queue a job, and say whether it is a new one: of kinds that are single, one that waits for the same is it.

        Args:
            request: what is asked for.
            send: puts its id on the queue.
            job_id: its id, where several might ask for the same: then one of them makes it.

        Raises:
            UnavailableError: the queue does not answer; the job is kept as failed.
        """
        kind = request.kind
        if kind.is_single:
            self._graph.create_record(JOB_QUEUE, {"kind": kind.value})
        while True:
            try:
                job, is_new = self._graph.atomically(lambda graph: Jobs(graph).find_or_create(request, job_id))
                break
            except ConflictError:
                if job_id is None:
                    raise  # else another has made it at this moment
        if not is_new:
            return job, False
        try:
            send(kind, job.job_id)
        except UnavailableError as error:
            changes = {
                "state": JobState.FAILED.value,
                "finishedAt": self._graph.now(),
                "error": str(error),
                "errorType": type(error).__name__,
            }
            self._graph.update_record(JOB, job.job_id, changes, expected={"state": JobState.QUEUED.value})
            raise
        return job, True

    def find_or_create(self, request: JobRequest, job_id: str | None) -> tuple[Job, bool]:
        """The job that waits for the same, or has the id, or else a new one, and whether it is new.

        It belongs into a transaction: then of several that ask at once one comes first, and the others find its job.

        Raises:
            ConflictError: another makes the job of that id at this moment.
        """
        kind = request.kind
        if kind.is_single:
            self._graph.update_record(JOB_QUEUE, kind.value, {})  # locks it until the end of the transaction
            if (waiting := self._find_waiting(kind, request)) is not None:
                return waiting, False
        if job_id is not None and (made := self.find(job_id)) is not None:
            return made, False
        return self._create(kind, request, job_id=job_id), True

    def _find_waiting(self, kind: JobKind, request: BaseModel) -> Job | None:
        """A job that waits and was asked for in the same words."""
        asked = json.loads(_payload(request))
        waiting = self.list(kind=kind, state=JobState.QUEUED, limit=_MOST_LOOKED_THROUGH)
        return next((job for job in waiting if job.payload == asked), None)

    def _create(
        self, kind: JobKind, request: BaseModel, *, part_of: str | None = None, job_id: str | None = None
    ) -> Job:
        job_id = job_id or uuid.uuid4().hex[:12]
        now = self._graph.now()
        record: Record = {
            "jobId": job_id,
            "kind": kind.value,
            "state": JobState.QUEUED.value,
            "payload": _payload(request),
            "createdAt": now,
            "sentAt": now,
            "fence": 0,
            "progress": 0.0,
            "partOf": part_of,
            "requestId": subject.request_id(),
            "traceParent": tracing.current_traceparent(),
        }
        if not self._graph.create_record(JOB, record):
            raise ConflictError(f"There is a job {job_id} already. Ask again.")
        return self.get(job_id)

    def add_parts(self, job_id: str, requests: Sequence[BatchShardRequest]) -> Sequence[Job]:
        """Make the parts of a job that runs. They are done once they are put on the queue, or by whoever claims them.

        What an earlier call has made of the same job's parts is removed first.
        """
        self._graph.delete_nodes(JOB, [part.job_id for part in self.parts(job_id)])
        return [self._create(request.kind, request, part_of=job_id) for request in requests]

    def parts(self, job_id: str) -> Sequence[Job]:
        """The parts of a job, in the order of their ids."""
        return [
            Job.from_record(record) for record in self._graph.find_records(JOB, {"partOf": job_id}, limit=_MOST_PARTS)
        ]

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
            raise NotFoundError(f"There is no job {job_id!r}; `marquee jobs` and GET /v1/jobs list those there are.")
        return job

    def list(self, *, kind: JobKind | None = None, state: JobState | None = None, limit: int = 50) -> list[Job]:
        """The newest jobs, newest first; of no kind in particular, those that are no parts of others."""
        where: Record = {"kind": kind.value} if kind is not None else {"partOf": None}
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
                raise ConflictError(f"Job {job_id} has ended already; its state is {job.state}.")
            changes: Record = {"cancelRequested": True}
            now = self._graph.now()
            nobody_works_on_it = job.state is JobState.QUEUED or job.lease_until < now
            if nobody_works_on_it:
                changes |= {"state": JobState.CANCELLED.value, "finishedAt": now, "fence": job.fence + 1}
            expected = {"state": job.state.value, "fence": job.fence}
            if self._graph.update_record(JOB, job_id, changes, expected=expected):
                if nobody_works_on_it:
                    self._give_up_turn(job)
                return self.get(job_id)

    # --- for workers ---

    def claim(self, job_id: str, *, owner: str, lease_seconds: float) -> Claim | Wait | None:
        """Take a job: one that waits, or one that runs and whose lease has ended. Of a single kind one runs at a time.

        Returns None where there is nothing to do: the job has ended, or there is none of this id.
        """
        job = self.find(job_id)
        if job is None or job.state.is_final:
            return None
        now = self._graph.now()
        if job.state is JobState.RUNNING and job.lease_until > now:
            left = self._cut_lease(job, now, lease_seconds)
            return Wait(left / 1_000 + 0.5)
        if job.kind.is_single and (wait := self._take_turn(job)) is not None:
            self._note_seen(job)
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
        return Claim(self.get(job_id), job.fence + 1)

    def put_off(self, job_id: str) -> Wait | None:
        """Leave a job for later, because this worker has its hands full. None: there is nothing to do any more."""
        job = self.find(job_id)
        if job is None or job.state.is_final:
            return None
        self._note_seen(job)
        return Wait(_TURN_SECONDS)

    def _note_seen(self, job: Job) -> None:
        """The message is there, so `put_back` has nothing to put back."""
        self._graph.update_record(JOB, job.job_id, {"sentAt": self._graph.now()}, expected={"state": job.state.value})

    def _cut_lease(self, job: Job, now: int, lease_seconds: float) -> int:
        """The milliseconds that a lease still lasts. One that would last for ever ends in a lease's time.

        Such a one was given before the store's clock was set back. A worker that lives renews it.
        """
        left, lease = job.lease_until - now, round(lease_seconds * 1_000)
        if left <= _LONGEST_LEASES * lease:
            return left
        expected = {"state": job.state.value, "fence": job.fence, "leaseUntil": job.lease_until}
        self._graph.update_record(JOB, job.job_id, {"leaseUntil": now + lease}, expected=expected)
        return lease

    def _take_turn(self, job: Job) -> Wait | None:
        """Become the one running job of its turn, or say how long to wait for the one that is."""
        turn = job.kind.turn.value
        self._graph.create_record(JOB_QUEUE, {"kind": turn})
        queue = self._graph.read_record(JOB_QUEUE, turn)
        running_id = queue["runningJobId"] if queue else None
        if running_id == job.job_id:
            return None
        running = self.find(running_id) if running_id else None
        if running is not None and running.state is JobState.RUNNING:
            return Wait(_TURN_SECONDS)
        if job.state is JobState.QUEUED and self._is_another_before(job):
            return Wait(_TURN_SECONDS)
        moved = self._graph.update_record(
            JOB_QUEUE, turn, {"runningJobId": job.job_id}, expected={"runningJobId": running_id}
        )
        return None if moved else Wait(0.5)

    def _is_another_before(self, job: Job) -> bool:
        """Whether one that was asked for earlier waits for the same turn. One that no worker sees is not waited for."""
        seen_since = self._graph.now() - round(_HERE_SECONDS * 1_000)
        return any(
            other.created_at < job.created_at and other.sent_at > seen_since
            for kind in JobKind
            if kind.is_single and kind.turn is job.kind.turn
            for other in self.list(kind=kind, state=JobState.QUEUED, limit=_MOST_LOOKED_THROUGH)
        )

    def update(self, claim: Claim, changes: Record, *, lease_seconds: float) -> Job:
        """Change a running job's record and renew its lease.

        Raises:
            LeaseLostError: another worker has taken the job over.
        """
        renewed = {**changes, "leaseUntil": self._graph.now() + round(lease_seconds * 1_000)}
        if not self._graph.update_record(JOB, claim.job.job_id, renewed, expected=claim.expected):
            raise LeaseLostError(f"Job {claim.job.job_id} was taken over by another worker.")
        return self.get(claim.job.job_id)

    def release(self, claim: Claim, also: Record | None = None) -> None:
        """End the lease, so that another worker may take the job over at once. One that was lost stays as it is.

        `also` are changes to write with it.
        """
        changes = {**(also or {}), "leaseUntil": self._graph.now()}
        self._graph.update_record(JOB, claim.job.job_id, changes, expected=claim.expected)

    def finish(
        self,
        claim: Claim,
        state: JobState,
        *,
        result: Mapping[str, Any] | None = None,
        error: str | None = None,
        error_type: str | None = None,
        also: Record | None = None,
    ) -> None:
        """End a running job. `also` are changes to write with its end.

        Raises:
            LeaseLostError: another worker has taken the job over.
        """
        changes: Record = {
            **(also or {}),
            "state": state.value,
            "finishedAt": self._graph.now(),
            "leaseUntil": None,
            "secondsLeft": None,
            "result": json.dumps(result) if result is not None else None,
            "error": error,
            "errorType": error_type,
        }
        if state is JobState.SUCCEEDED or state is JobState.REJECTED:
            changes |= {"progress": 1.0, "stageProgress": 1.0}
        if not self._graph.update_record(JOB, claim.job.job_id, changes, expected=claim.expected):
            raise LeaseLostError(f"Job {claim.job.job_id} was taken over by another worker.")
        self._give_up_turn(claim.job)

    def _give_up_turn(self, job: Job) -> None:
        if job.kind.is_single:
            expected = {"runningJobId": job.job_id}
            self._graph.update_record(JOB_QUEUE, job.kind.turn.value, {"runningJobId": None}, expected=expected)

    # --- for the keeper of the queue ---

    def put_back(self, kind: JobKind, send: Sender, *, waiting: int, patience_seconds: float) -> Sequence[str]:
        """Queue again what the queue has forgotten, and say which: a message too many does no harm, one too few does.

        That is each running job whose lease ended so long ago that its message would have come back, and, where nothing
        waits on the queue, each queued job that no worker has seen for so long.

        Args:
            kind: of the jobs.
            send: puts an id on the queue.
            waiting: how many messages wait there.
            patience_seconds: how long.
        """
        now = self._graph.now()
        patience = round(patience_seconds * 1_000)
        before, ahead = now - patience, now + _LONGEST_LEASES * patience
        states = (JobState.RUNNING,) if waiting else (JobState.RUNNING, JobState.QUEUED)
        jobs = [job for state in states for job in self.list(kind=kind, state=state, limit=_MOST_PUT_BACK)]
        put_back = []
        for job in jobs:
            if before < max(job.sent_at, job.lease_until) < ahead:
                continue
            expected = {"state": job.state.value, "sentAt": job.sent_at, "fence": job.fence}
            if self._graph.update_record(
                JOB, job.job_id, {"sentAt": now}, expected=expected
            ):  # of several workers, one
                send(kind, job.job_id)
                put_back.append(job.job_id)
        return put_back


def _payload(request: BaseModel) -> str:
    return request.model_dump_json(exclude_none=True)
