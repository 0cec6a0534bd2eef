"""Schedules, as they are answered."""

from typing import Any

from pydantic import Field

from services.recommender.bodies.answer import Answer, Time
from shared.jobs import JobKind

SCHEDULE_EXAMPLE = "3b7e21c0a9d5"


class ScheduleAnswer(Answer):
    """Jobs that are asked for again and again."""

    schedule_id: str = Field(examples=[SCHEDULE_EXAMPLE])
    kind: JobKind
    request: dict[str, Any] = Field(description="What is asked for each time.", examples=[{"family": "inductive"}])
    cron: str | None = Field(examples=["30 2 * * *"])
    time_zone: str = Field(description="Whose clocks `cron` means.", examples=["UTC"])
    every_events: int | None = Field(examples=[10_000])
    enabled: bool
    created_at: Time
    next_run_at: Time | None = Field(description="By `cron`; null without it.")
    last_run_at: Time | None
    last_job_id: str | None = Field(description="The job that was asked for then.")
    last_event_count: int = Field(description="Events that had been taken then; `everyEvents` counts on from here.")
    last_error: str | None = Field(description="Why the last run came to nothing and the schedule was disabled.")


class ScheduleList(Answer):
    """Schedules, newest first."""

    items: list[ScheduleAnswer]
