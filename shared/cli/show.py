"""How the command line shows jobs and what came of them: bars, tables, colours."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from shared.cli.trials import importances, trials_table
from shared.graph import Graph
from shared.job_log import read_log
from shared.job_records import Jobs
from shared.jobs import Job, JobState

_COLOURS: Final[Mapping[JobState, str]] = {
    JobState.QUEUED: "dim",
    JobState.RUNNING: "cyan",
    JobState.SUCCEEDED: "green",
    JobState.REJECTED: "yellow",
    JobState.FAILED: "red",
    JobState.CANCELLED: "yellow",
}
_POLL_SECONDS: Final = 0.2


def watch(console: Console, jobs: Jobs, job_id: str, check: Callable[[], None] = lambda: None) -> Job:
    """Show a bar until the job ends, and return the ended job. On Ctrl-C the job goes on.

    `check` is called again and again meanwhile; what it raises ends the watching.
    """
    columns = (
        TextColumn("  {task.description:<22}"),
        BarColumn(bar_width=36),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[left]}"),
    )
    job = jobs.get(job_id)
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(job.kind, total=1.0, left="")
        while not job.state.is_final:
            time.sleep(_POLL_SECONDS)
            check()
            job = jobs.get(job_id)
            progress.update(bar, completed=job.progress, description=_headline(job), left=_left(job))
        progress.update(bar, completed=job.progress, description=f"{job.kind}: {job.state}", left="")
    return job


def lines_of(graph: Graph, jobs: Jobs, job_id: str, *, follow: bool) -> Iterator[str]:
    """A job's log, a line each with time, worker and level; with `follow` until the job has ended."""
    after = 0
    while True:
        job = jobs.get(job_id)
        while lines := read_log(graph, job, after=after):
            for line in lines:
                at = datetime.fromtimestamp(line.at / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")
                yield f"{at} {line.worker} {line.level} {line.text}"
            after = lines[-1].number
        if not follow or job.state.is_final:
            return
        time.sleep(_POLL_SECONDS)


def _headline(job: Job) -> str:
    if job.state is JobState.QUEUED:
        return f"{job.kind}: waiting"
    return f"{job.kind}: {job.stage or 'starting'}"


def _left(job: Job) -> str:
    return f"about {job.seconds_left:.0f} s left" if job.seconds_left is not None else ""


def job_table(jobs: Sequence[Job]) -> Table:
    """Jobs, a row each."""
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("job", "kind", "state", "progress", "asked for (UTC)", "took"):
        table.add_column(heading)
    for job in jobs:
        table.add_row(
            job.job_id,
            job.kind,
            Text(job.state, style=_COLOURS[job.state]),
            f"{job.progress:.0%} {job.stage or ''}" if job.state is JobState.RUNNING else "",
            datetime.fromtimestamp(job.created_at / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            _took(job),
        )
    return table


def _took(job: Job) -> str:
    if job.started_at is None or job.finished_at is None:
        return ""
    return f"{(job.finished_at - job.started_at) / 1_000:.1f} s"


def show_outcome(console: Console, job: Job) -> None:
    """Show what came of an ended job."""
    if job.error:
        console.print(Text(f"{job.state}: {job.error}", style=_COLOURS[job.state]))
    if job.result:
        _show_result(console, job.result)


def _show_result(console: Console, result: Mapping[str, Any]) -> None:
    for name, value in result.items():
        if name == "faults":
            _show_faults(console, value)
        elif name == "trials":
            console.print(trials_table(value))
        elif name == "importances":
            console.print(f"  what mattered: {importances(value)}")
        elif isinstance(value, Mapping):
            for part, figures in value.items():
                console.print(f"  {part}: {_figures(figures)}", markup=False)
        elif value:
            console.print(f"  {name}: {_figures(value)}", markup=False)


def _figures(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{_figure(figure)} {str(name).replace('_', ' ')}" for name, figure in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(str, value))
    return _figure(value)


def _figure(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _show_faults(console: Console, faults: Sequence[Mapping[str, Any]]) -> None:
    if not faults:
        console.print("  no faults")
        return
    table = Table(title="faults", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("table", "rows", "why", "what was done", "for example"):
        table.add_column(heading, overflow="fold")
    for fault in faults:
        examples = (f"{line['file']}:{line['line']}: {line['text']}" for line in fault["lines"])
        table.add_row(
            fault["table"], f"{fault['count']:,}", Text(fault["why"]), fault["done"], Text("\n".join(examples))
        )
    console.print(table)
