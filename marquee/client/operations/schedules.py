"""Schedules: jobs that are asked for again and again."""

from typing import Unpack

from marquee.client.operation import operation
from marquee.client.request import Request
from marquee.client.types.jobs import ScheduleAnswer, ScheduleBody, ScheduleChange, ScheduleList


class Schedules:
    """Jobs that are asked for again and again."""

    @operation
    def schedules(self) -> Request[ScheduleList]:
        """All schedules, newest first."""
        return Request("GET", "/v1/schedules")

    @operation
    def schedule(self, schedule_id: str) -> Request[ScheduleAnswer]:
        """A schedule, with its last run and its next."""
        return Request("GET", "/v1/schedules/{scheduleId}", {"scheduleId": schedule_id})

    @operation
    def make_schedule(self, **schedule: Unpack[ScheduleBody]) -> Request[ScheduleAnswer]:
        """Ask for a job again and again: by cron words, after so many events, or both."""
        return Request("POST", "/v1/schedules", json=schedule)

    @operation
    def change_schedule(self, schedule_id: str, **change: Unpack[ScheduleChange]) -> Request[ScheduleAnswer]:
        """Change when a job is asked for, what is asked for, or whether."""
        return Request("PATCH", "/v1/schedules/{scheduleId}", {"scheduleId": schedule_id}, json=change)

    @operation
    def delete_schedule(self, schedule_id: str) -> Request[None]:
        """Ask for its jobs no more."""
        return Request("DELETE", "/v1/schedules/{scheduleId}", {"scheduleId": schedule_id})
