"""`marquee ingest`, `train`, `batch`, `clean-up`, `jobs`: ask for jobs, watch them, stop them."""

import json
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console

from shared.cli.options import model_options
from shared.cli.show import job_table, lines_of, show_outcome, watch
from shared.errors import InvalidInputError
from shared.graph import Graph, open_graph
from shared.job_records import Jobs
from shared.jobs import (
    SOURCE_NAMES,
    BaselineName,
    BatchRequest,
    CleanUpRequest,
    ContentName,
    IngestRequest,
    Job,
    JobKind,
    JobRequest,
    JobState,
    Sender,
    SplitName,
    TrainRequest,
    parse_request,
)
from shared.queue import make_celery, sender
from shared.settings import QueueSettings, load

_wait = click.option("--wait", is_flag=True, help="Show the job's progress until it ends; the status says how it did.")


@click.command()
@click.argument("source")
@click.option("--movies", type=str, help="A CSV or Parquet file of movies, beside a file of ratings.")
@click.option(
    "--column", "columns", multiple=True, metavar="OURS=THEIRS", help="A column's name in CSV or Parquet files."
)
@click.option("--min-rating", type=float, help="The lowest rating of the scale.")
@click.option("--max-rating", type=float, help="The highest rating of the scale.")
@click.option("--strict", is_flag=True, help="Refuse a source with any fault, instead of leaving faulty rows out.")
@_wait
def ingest(
    source: str,
    *,
    movies: str | None,
    columns: tuple[str, ...],
    min_rating: float | None,
    max_rating: float | None,
    strict: bool,
    wait: bool,
) -> None:
    """Queue the ingest of SOURCE.

    SOURCE is a MovieLens name (ml-latest-small), `sample`, a URL, a folder, a .zip, or a CSV or Parquet file of
    ratings. A path must lie in one of the worker's MARQUEE_INGEST_ROOTS.
    """
    payload = {
        "source": _absolute(source),
        "movies": _absolute(movies) if movies else None,
        "columns": dict(_pair(column) for column in columns),
        "min_rating": min_rating,
        "max_rating": max_rating,
        "strict": strict,
    }
    ask(parse_request(IngestRequest, payload), wait=wait)


def _absolute(source: str) -> str:
    """A path as the worker can find it, whose working directory is another; names and URLs as they are."""
    path = Path(source).expanduser()
    return str(path.resolve()) if path.exists() and source not in SOURCE_NAMES else source


def _pair(column: str) -> tuple[str, str]:
    ours, equals, theirs = column.partition("=")
    if not equals:
        raise InvalidInputError(f"--column {column!r} is not of the form OURS=THEIRS, such as userId=customer.")
    return ours, theirs


@click.command()
@click.option(
    "--objective",
    type=click.Choice(["ranking", "rating"]),
    default="ranking",
    show_default=True,
    help="What the model is for: recommending movies, or predicting stars.",
)
@model_options
@click.option(
    "--relation",
    "relations",
    multiple=True,
    type=click.Choice(get_args(ContentName)),
    help="What describes movies and users and takes part in gcn, sage, gat or rgcn; once for each.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--width", type=int, help="Dimensions of a vector.  [default: chosen by the trainer]")
@click.option("--temperature", type=float, help="Temperature of the softmax.  [default: chosen on validation data]")
@click.option("--epochs", type=int, help="[default: chosen on validation data]")
@click.option(
    "--linear-rank", type=int, help="Columns of the linear part, 0 for none.  [default: chosen by the trainer]"
)
@click.option(
    "--like-threshold", type=float, default=4.0, show_default=True, help="A movie is liked from this rating on."
)
@click.option(
    "--split",
    type=click.Choice(get_args(SplitName)),
    default="latest",
    show_default=True,
    help="What is held out to judge the model by.",
)
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    type=click.Choice(get_args(BaselineName)),
    help="What the model is shown beside; may be repeated.  [default: all; matrix-factorisation of small data only]",
)
@click.option("--processes", type=int, help="That train it together.  [default: the worker's MARQUEE_PROCESSES]")
@_wait
def train(*, relations: tuple[str, ...], baselines: tuple[str, ...], wait: bool, **asked: Any) -> None:  # noqa: ANN401 - checked as a request
    """Queue a training on what the graph holds. While it waits, asking for the same again gives it."""
    ask(parse_request(TrainRequest, {**asked, "relations": relations, "baselines": baselines or None}), wait=wait)


@click.command()
@click.option("--top", type=int, default=20, show_default=True, help="How many movies a user gets.")
@click.option("--format", "format_", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True)
@click.option("--out", type=str, metavar="FOLDER", help="[default: the folder batches of the worker's data folder]")
@click.option("--graph", is_flag=True, help="Write RECOMMENDED relationships, too, in place of those in the graph.")
@_wait
def batch(*, top: int, format_: str, out: str | None, graph: bool, wait: bool) -> None:
    """Queue the recommending to all users at once: what each would get by the REST interface, into files.

    The batch makes a folder of its own in FOLDER, which must lie in one of the worker's MARQUEE_BATCH_ROOTS.
    """
    where = str(Path(out).expanduser().resolve()) if out else None
    ask(parse_request(BatchRequest, {"top": top, "format": format_, "out": where, "graph": graph}), wait=wait)


@click.command()
@_wait
def clean_up(*, wait: bool) -> None:
    """Queue the removal of old jobs and model versions. The workers ask for one a day by themselves."""
    ask(CleanUpRequest(), wait=wait)


def ask(request: JobRequest, *, wait: bool, times: int = 1) -> None:
    """Queue a job, or several of the same request, and with `wait` show how each comes out.

    Raises:
        SystemExit: one of those that were waited for did not succeed.
    """
    settings = load(QueueSettings)
    console = Console()
    with open_graph(settings) as graph:
        graph.prepare()
        jobs = Jobs(graph)
        asked = [_ask(console, jobs, request, sender(make_celery(settings))) for _ in range(times)]
        if wait:
            ended = [watch(console, jobs, job.job_id) for job in asked]
            for job in ended:
                show_outcome(console, job)
            if any(job.state is not JobState.SUCCEEDED for job in ended):
                raise SystemExit(1)


def _ask(console: Console, jobs: Jobs, request: JobRequest, send: Sender) -> Job:
    job, is_new = jobs.ask(request, send)
    console.print(f"{job.kind} job [bold]{job.job_id}[/] {'queued' if is_new else 'was waiting already'}")
    return job


def _jobs(graph: Graph) -> Jobs:
    graph.prepare()
    return Jobs(graph)


@click.group(invoke_without_command=True)
@click.option("--kind", type=click.Choice([kind.value for kind in JobKind]))
@click.option("--state", type=click.Choice([state.value for state in JobState]))
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
@click.pass_context
def jobs(ctx: click.Context, kind: str | None, state: str | None, limit: int) -> None:
    """List jobs, newest first."""
    if ctx.invoked_subcommand:
        return
    with open_graph(load(QueueSettings)) as graph:
        found = _jobs(graph).list(
            kind=JobKind(kind) if kind else None, state=JobState(state) if state else None, limit=limit
        )
    Console().print(job_table(found))


@jobs.command()
@click.argument("job_id")
@click.option("--json", "as_json", is_flag=True, help="The job's result as JSON.")
@_wait
def show(job_id: str, *, as_json: bool, wait: bool) -> None:
    """Show a job: how far it is, or how it came out."""
    console = Console()
    with open_graph(load(QueueSettings)) as graph:
        found = _jobs(graph)
        bars = Console(stderr=True) if as_json else console  # JSON goes out alone
        job = watch(bars, found, job_id) if wait else found.get(job_id)
    if as_json:
        click.echo(json.dumps(job.result))
    else:
        console.print(job_table([job]))
        show_outcome(console, job)
    if wait and job.state is not JobState.SUCCEEDED:
        raise SystemExit(1)


@jobs.command("log")
@click.argument("job_id")
@click.option("--follow", is_flag=True, help="Go on until the job ends.")
def log_(job_id: str, *, follow: bool) -> None:
    """Show what the workers logged while they did a job, the newest lines of a long log."""
    with open_graph(load(QueueSettings)) as graph:
        for line in lines_of(graph, _jobs(graph), job_id, follow=follow):
            click.echo(line)


@jobs.command()
@click.argument("job_id")
def cancel(job_id: str) -> None:
    """Cancel a job that waits, or ask one that runs to stop."""
    with open_graph(load(QueueSettings)) as graph:
        job = _jobs(graph).cancel(job_id)
    is_over = job.state is JobState.CANCELLED
    click.echo(f"job {job_id} {'is cancelled' if is_over else 'was asked to stop'}")
