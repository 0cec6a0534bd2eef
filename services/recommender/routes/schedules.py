"""Schedules: jobs that are asked for again and again. The workers do the asking; here they are kept."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.recommender.bodies.schedules import SCHEDULE_EXAMPLE, ScheduleAnswer, ScheduleList
from services.recommender.context import context
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import UNSAFE, WITH_BODY, documented
from services.recommender.routes.jobs import BODIES
from shared.ids import MAX_ID_CHARACTERS
from shared.jobs import JobKind, parse_request
from shared.schedules import Plan, Schedule, Schedules

router = APIRouter(prefix="/v1/schedules", tags=["schedules"])

ScheduleId = Annotated[
    str, Path(alias="scheduleId", min_length=1, max_length=MAX_ID_CHARACTERS, examples=[SCHEDULE_EXAMPLE])
]
_ONE: Final[dict[int | str, dict[str, Any]]] = documented(
    HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
)
_EXAMPLE: Final = {"kind": "train", "request": {"family": "inductive"}, "cron": "30 2 * * *", "everyEvents": 10_000}


def _as_json(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        strict=True,
        json_schema_extra={"example": example},
    )


class PlanBody(Plan):
    """When a job is asked for: by cron words, after so many events, or both."""

    model_config = _as_json({"cron": "30 2 * * *"})


class ScheduleBody(PlanBody):
    """A schedule as it is made: what is asked for, and when."""

    model_config = _as_json(_EXAMPLE)

    kind: Literal["ingest", "train", "compare", "tune", "batch", "clean-up"]
    request: dict[str, Any] = Field(
        default_factory=dict, description="What `POST /v1/jobs/{kind}` takes as its body.", max_length=64
    )


class ScheduleChange(BaseModel):
    """What is to be changed of a schedule; what is left out stays, and null takes cron words or events away."""

    model_config = _as_json({"cron": "0 4 * * sun", "enabled": True})

    cron: str | None = Field(default=None, min_length=1, max_length=100)
    time_zone: str = Field(default="UTC", min_length=1, max_length=64)
    every_events: int | None = Field(default=None, ge=1, le=10**12)
    enabled: bool = True
    request: dict[str, Any] = Field(default_factory=dict, max_length=64)


def _shown(schedule: Schedule) -> ScheduleAnswer:
    request = {to_camel(name): value for name, value in schedule.payload.items()}
    return ScheduleAnswer.model_validate({**asdict(schedule), **schedule.plan.model_dump(), "request": request})


@router.get("", summary="List schedules", responses=documented(HTTPStatus.SERVICE_UNAVAILABLE))
async def list_schedules(request: Request) -> ScheduleList:
    """All schedules, newest first."""
    parts = context(request)

    def read() -> ScheduleList:
        return ScheduleList(items=[_shown(schedule) for schedule in Schedules(parts.graph).list()])

    return await parts.calls.run(read)


@router.post(
    "",
    summary="Make a schedule",
    status_code=HTTPStatus.CREATED,
    responses=documented(*WITH_BODY, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[requires_json],
)
async def make_schedule(request: Request, response: Response, body: ScheduleBody) -> ScheduleAnswer:
    """Ask for a job again and again: at the times of cron words, after so many new events, or by both.

    Any worker that runs does the asking, within half a lease of the time. However many runs were missed while none ran,
    one is made; and while a schedule's job has not ended, its next one waits.
    """
    parts = context(request)
    asked = parse_request(BODIES[JobKind(body.kind)], body.request)
    plan = Plan(**body.model_dump(include=set(Plan.model_fields)))
    schedule = await parts.calls.run(lambda: Schedules(parts.graph).create(asked, plan))
    response.headers["Location"] = f"/v1/schedules/{schedule.schedule_id}"
    return _shown(schedule)


@router.get("/{scheduleId:scheduleId}", summary="A schedule", responses=_ONE)
async def get_schedule(request: Request, schedule_id: ScheduleId) -> ScheduleAnswer:
    """A schedule, with its last run and its next."""
    parts = context(request)
    return _shown(await parts.calls.run(lambda: Schedules(parts.graph).get(schedule_id)))


@router.patch(
    "/{scheduleId:scheduleId}",
    summary="Change a schedule",
    responses={**_ONE, **documented(*WITH_BODY)},
    dependencies=[requires_json],
)
async def change_schedule(request: Request, schedule_id: ScheduleId, body: ScheduleChange) -> ScheduleAnswer:
    """Change when a job is asked for, what is asked for, or whether. What is due counts from now on."""
    parts = context(request)
    changes = body.model_dump(exclude_unset=True)

    def change() -> Schedule:
        schedules = Schedules(parts.graph)
        asked = changes.pop("request", None)
        if asked is not None:
            body_of_kind = BODIES[schedules.get(schedule_id).kind]
            asked = parse_request(body_of_kind, asked).model_dump(exclude_none=True)
        return schedules.change(schedule_id, changes, asked)

    return _shown(await parts.calls.run(change))


@router.delete(
    "/{scheduleId:scheduleId}",
    summary="Delete a schedule",
    status_code=HTTPStatus.NO_CONTENT,
    responses={**_ONE, **documented(*UNSAFE)},
)
async def delete_schedule(request: Request, schedule_id: ScheduleId) -> None:
    """Ask for its jobs no more. Those that were asked for stay."""
    parts = context(request)
    await parts.calls.run(lambda: Schedules(parts.graph).delete(schedule_id))
