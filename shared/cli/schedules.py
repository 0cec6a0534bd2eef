"""`marquee schedules`: jobs that are asked for again and again."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click
from pydantic.alias_generators import to_snake
from rich import box
from rich.console import Console
from rich.table import Table

from shared.errors import InvalidInputError
from shared.graph import open_graph
from shared.jobs import REQUESTS, JobKind, parse_request
from shared.schedules import Plan, Schedule, Schedules
from shared.settings import GraphSettings, load


@contextmanager
def _schedules() -> Iterator[Schedules]:
    with open_graph(load(GraphSettings)) as graph:
        graph.prepare()
        yield Schedules(graph)


@click.group(invoke_without_command=True)
@click.pass_context
def schedules(ctx: click.Context) -> None:
    """Look after schedules; without a command, list them."""
    if not ctx.invoked_subcommand:
        ctx.invoke(list_)


@schedules.command("list")
def list_() -> None:
    """List schedules, newest first."""
    with _schedules() as found:
        _print(found.list())


@schedules.command()
@click.argument("kind", type=click.Choice([kind.value for kind in REQUESTS]))
@click.option("--cron", help="Minute, hour, day of the month, month, day of the week: '30 2 * * *'; or @daily.")
@click.option("--time-zone", default="UTC", show_default=True, help="Whose clocks the cron words mean.")
@click.option("--every-events", type=int, help="After so many new events; with --cron by both.")
@click.option("--request", default="{}", metavar="JSON", help="What POST /v1/jobs/KIND takes.  [default: {}]")
@click.option("--disabled", is_flag=True, help="Make it, and let it rest until it is enabled.")
def create(
    kind: str, *, cron: str | None, time_zone: str, every_events: int | None, request: str, disabled: bool
) -> None:
    """Have jobs of KIND asked for at set times, after so many events, or by both.

    Any worker that runs does the asking. However many runs were missed while none ran, one is made.
    """
    asked = parse_request(REQUESTS[JobKind(kind)], _payload(request))
    planned = {"cron": cron, "time_zone": time_zone, "every_events": every_events, "enabled": not disabled}
    with _schedules() as found:
        schedule = found.create(asked, parse_request(Plan, planned))
    click.echo(f"schedule {schedule.schedule_id} {_next(schedule)}")


def _payload(request: str) -> dict[str, Any]:
    """A request with names as JSON or as Python writes them."""
    try:
        values = json.loads(request)
    except ValueError as error:
        raise InvalidInputError(f"--request {request!r} is no JSON: {error}.") from error
    if not isinstance(values, dict):
        raise InvalidInputError(f'--request {request!r} is no JSON object, such as \'{{"family": "inductive"}}\'.')
    return {to_snake(name): value for name, value in values.items()}


@schedules.command()
@click.argument("schedule_id")
def delete(schedule_id: str) -> None:
    """Delete a schedule; the jobs that it has made stay."""
    with _schedules() as found:
        found.delete(schedule_id)
    click.echo(f"schedule {schedule_id} is deleted")


@schedules.command()
@click.argument("schedule_id")
def enable(schedule_id: str) -> None:
    """Let a schedule ask again, from now on."""
    _enable(schedule_id, enabled=True)


@schedules.command()
@click.argument("schedule_id")
def disable(schedule_id: str) -> None:
    """Let a schedule rest."""
    _enable(schedule_id, enabled=False)


def _enable(schedule_id: str, *, enabled: bool) -> None:
    with _schedules() as found:
        schedule = found.change(schedule_id, {"enabled": enabled})
    click.echo(f"schedule {schedule_id} {_next(schedule)}")


def _next(schedule: Schedule) -> str:
    """When its job is asked for next, in words."""
    if not schedule.plan.enabled:
        return f"rests: {schedule.last_error}" if schedule.last_error else "rests"
    ways = []
    if schedule.next_run_at is not None:
        ways.append(f"at {_time(schedule.next_run_at)} UTC")
    if schedule.plan.every_events is not None:
        ways.append(f"after {schedule.plan.every_events:,} new events")
    return f"asks for a {schedule.kind} {' or '.join(ways)}"


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC).strftime("%Y-%m-%d %H:%M")


def _print(found: Sequence[Schedule]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("schedule", "cron", "time zone", "last run (UTC)", "last job", "what and when next"):
        table.add_column(heading, overflow="fold")
    for schedule in found:
        last = _time(schedule.last_run_at) if schedule.last_run_at is not None else ""
        plan = schedule.plan
        row = (schedule.schedule_id, plan.cron or "", plan.time_zone if plan.cron else "", last)
        table.add_row(*row, schedule.last_job_id or "", _next(schedule))
    Console().print(table)
