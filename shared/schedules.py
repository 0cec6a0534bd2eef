"""Schedules: jobs that are asked for again and again, at set times or after so many new events.

There is no scheduler. Every worker looks for what is due when it looks after the queue (`shared.worker`), and
compare-and-set on the schedule's node sees to it that a due run makes one job: decision 25.
"""

import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from shared.cron import next_time
from shared.errors import (
    ConflictError,
    InvalidInputError,
    LeaseLostError,
    MarqueeError,
    NotFoundError,
    UnavailableError,
)
from shared.graph.port import Fence, Graph, Record
from shared.graph.state import STATE_KEY
from shared.job_records import Jobs
from shared.jobs import REQUESTS, Job, JobKind, JobRequest, Sender, parse_request
from shared.schema import GRAPH_STATE, SCHEDULE

MOST_SCHEDULES: Final = 100

log = logging.getLogger(__name__)


class Plan(BaseModel):
    """When a schedule's job is asked for: at the times of its cron words, after so many events, or by both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: str | None = Field(default=None, min_length=1, max_length=100)
    """Minute, hour, day of the month, month and day of the week, such as `30 2 * * *`; or a name such as `@daily`."""
    time_zone: str = Field(default="UTC", min_length=1, max_length=64)
    """Whose clocks the cron words mean, such as `Europe/Berlin`."""
    every_events: int | None = Field(default=None, ge=1, le=10**12)
    """After so many events that came since its job was last asked for."""
    enabled: bool = True
    """Whether anything is asked for at all."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as the graph knows it. Times are milliseconds since 1970."""

    schedule_id: str
    kind: JobKind
    payload: Mapping[str, Any]
    plan: Plan
    created_at: int
    next_run_at: int | None
    """By its cron words."""
    last_run_at: int | None
    last_job_id: str | None
    last_event_count: int
    """`GraphState.eventCount` when its job was last asked for, or when it was made or enabled."""
    last_error: str | None
    """Why its last run came to nothing."""
    runs: int

    @classmethod
    def from_record(cls, record: Record) -> "Schedule":
        """The schedule that a `Schedule` node describes."""
        return cls(
            schedule_id=record["scheduleId"],
            kind=JobKind(record["kind"]),
            payload=json.loads(record["payload"]),
            plan=Plan(
                cron=record["cron"],
                time_zone=record["timeZone"],
                every_events=record["everyEvents"],
                enabled=bool(record["enabled"]),
            ),
            created_at=record["createdAt"],
            next_run_at=record["nextRunAt"],
            last_run_at=record["lastRunAt"],
            last_job_id=record["lastJobId"],
            last_event_count=record["lastEventCount"] or 0,
            last_error=record["lastError"],
            runs=record["runs"],
        )

    def is_due(self, now: int, events: int) -> bool:
        """Whether its job is to be asked for, at a time and after so many events."""
        at, every = self.next_run_at, self.plan.every_events
        by_time = at is not None and at <= now
        return self.plan.enabled and (by_time or (every is not None and events - self.last_event_count >= every))

    @property
    def job_id(self) -> str:
        """The id of the job that its next run makes: the same, whichever worker makes it."""
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{self.schedule_id} {self.runs}").hex[:12]


class Schedules:
    """Schedules in the graph: make, look at, change and delete them, and ask for what is due."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def create(self, request: JobRequest, plan: Plan) -> Schedule:
        """Keep a new schedule. Its first run is at the next time of its cron words, or after the events from now on.

        Raises:
            InvalidInputError: the plan names neither times nor events, or no cron words.
            ConflictError: there are as many as there may be.
        """
        if len(self.list()) >= MOST_SCHEDULES:
            raise ConflictError(f"There are {MOST_SCHEDULES} schedules already. Delete one first.")
        schedule_id = uuid.uuid4().hex[:12]
        record = {
            "scheduleId": schedule_id,
            "kind": request.kind.value,
            "payload": request.model_dump_json(exclude_none=True),
            "createdAt": self._graph.now(),
            "runs": 0,
            **self._planned(plan),
        }
        self._graph.create_record(SCHEDULE, record)
        return self.get(schedule_id)

    def list(self) -> Sequence[Schedule]:
        """All there are, the newest first."""
        return [Schedule.from_record(record) for record in self._graph.find_records(SCHEDULE, newest_by="createdAt")]

    def get(self, schedule_id: str) -> Schedule:
        """The schedule.

        Raises:
            NotFoundError: there is none of this id.
        """
        record = self._graph.read_record(SCHEDULE, schedule_id)
        if record is None:
            raise NotFoundError(f"There is no schedule {schedule_id!r}; `marquee schedules` lists those there are.")
        return Schedule.from_record(record)

    def change(
        self, schedule_id: str, changes: Mapping[str, Any], payload: Mapping[str, Any] | None = None
    ) -> Schedule:
        """Change parts of a schedule's plan, or the request of its job.

        Where the plan changes, what is due counts from now on: nothing is made up for that would have been due before.

        Args:
            schedule_id: which.
            changes: fields of `Plan` with their new values.
            payload: of the job, in place of the present one.

        Raises:
            NotFoundError: there is no such schedule.
            InvalidInputError: it would not fit.
        """
        while True:
            schedule = self.get(schedule_id)
            record: Record = {"runs": schedule.runs + 1, "lastError": None}
            if payload is not None:
                request = parse_request(REQUESTS[schedule.kind], payload)
                record["payload"] = request.model_dump_json(exclude_none=True)
            plan = parse_request(Plan, {**schedule.plan.model_dump(), **changes})
            if plan != schedule.plan:
                record |= self._planned(plan)
            if self._graph.update_record(SCHEDULE, schedule_id, record, expected={"runs": schedule.runs}):
                return self.get(schedule_id)

    def delete(self, schedule_id: str) -> None:
        """Delete a schedule; the jobs that it has made stay.

        Raises:
            NotFoundError: there is no such schedule.
        """
        if not self._graph.delete_nodes(SCHEDULE, [schedule_id]):
            self.get(schedule_id)

    def _planned(self, plan: Plan) -> Record:
        """What a node keeps of a plan that begins now."""
        if plan.cron is None and plan.every_events is None:
            raise InvalidInputError("A schedule needs cron words (cron), a number of events (everyEvents), or both.")
        return {
            "cron": plan.cron,
            "timeZone": plan.time_zone,
            "everyEvents": plan.every_events,
            "enabled": plan.enabled,
            "nextRunAt": self._next(plan),
            "lastEventCount": self._events(),
        }

    def _next(self, plan: Plan) -> int | None:
        return None if plan.cron is None else next_time(plan.cron, plan.time_zone, self._graph.now())

    def _events(self) -> int:
        state = self._graph.read_record(GRAPH_STATE, STATE_KEY)
        return (state and state["eventCount"]) or 0

    # --- for workers ---

    def ask_for_due(self, send: Sender) -> Sequence[Job]:
        """Ask for the job of each schedule that is due, and return those that this call has made.

        However many runs were missed, one is made. While a schedule's job has not ended, its next one waits.

        Raises:
            UnavailableError: the store does not answer.
        """
        records = self._graph.find_records(SCHEDULE, {"enabled": True}, limit=MOST_SCHEDULES)
        if not records:
            return []
        now, events = self._graph.now(), self._events()
        made: dict[str, Job] = {}
        for schedule in map(Schedule.from_record, records):
            if schedule.is_due(now, events) and not self._is_at_it(schedule):
                try:
                    made |= self._run(schedule, now, events, send)
                except LeaseLostError:
                    log.debug("schedule %s was run or changed by another at this moment", schedule.schedule_id)
        return [*made.values()]

    def _is_at_it(self, schedule: Schedule) -> bool:
        last = Jobs(self._graph).find(schedule.last_job_id) if schedule.last_job_id else None
        return last is not None and not last.state.is_final

    def _run(self, schedule: Schedule, now: int, events: int, send: Sender) -> dict[str, Job]:
        """Make the job first and count the run then, so that a kill between the two loses nothing. By id, if it is new.

        The job's id follows from the run, and its making is refused once the run was counted: so it is made once.
        """

        def send_or_leave(kind: JobKind, job_id: str) -> None:
            try:
                send(kind, job_id)
            except UnavailableError as error:
                log.warning("job %s of a schedule waits for the queue: %s", job_id, error)  # it is put back later

        fenced = self._graph.fenced(Fence(SCHEDULE, schedule.schedule_id, {"runs": schedule.runs}))
        counted: Record = {"runs": schedule.runs + 1, "lastRunAt": now, "lastEventCount": events, "lastError": None}
        job, is_new = None, False
        try:
            request = parse_request(REQUESTS[schedule.kind], schedule.payload)
            counted["nextRunAt"] = self._next(schedule.plan)
            job, is_new = Jobs(fenced).ask(request, send_or_leave, job_id=schedule.job_id)
            counted["lastJobId"] = job.job_id
        except (LeaseLostError, UnavailableError):
            raise
        except MarqueeError as error:  # of an earlier Marquee, whose requests or time zones were others
            log.warning("schedule %s could not be run, and is disabled: %s", schedule.schedule_id, error)
            counted |= {"lastError": str(error), "enabled": False}
        self._graph.update_record(SCHEDULE, schedule.schedule_id, counted, expected={"runs": schedule.runs})
        return {job.job_id: job} if job is not None and is_new else {}
