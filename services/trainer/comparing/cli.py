"""`marquee compare`: families and baselines beside one another, on files or on what the graph holds."""

import json
import tempfile
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from services.trainer.comparing.competitors import Resources
from services.trainer.comparing.files import put_section, write_files
from services.trainer.comparing.material import Material, read_data, read_graph
from services.trainer.comparing.runs import RUNS_FILE, RunFile
from services.trainer.comparing.shown import EXPLANATION, missing, terminal_table
from services.trainer.comparing.work import command_of, compare_models
from services.trainer.environment import share_cores
from services.trainer.settings import TrainerSettings
from shared.cli.jobs import ask
from shared.errors import InvalidInputError
from shared.graph import open_graph
from shared.jobs import DEFAULT_COMPETITORS, MAX_SEEDS, CompareRequest, CompetitorName, SplitName, parse_request
from shared.settings import load

_NAMES = get_args(CompetitorName)


@click.command()
@click.argument(
    "folder", metavar="[DATA]", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--graph", "of_graph", is_flag=True, help="Compare on what the graph holds, in place of DATA.")
@click.option("--job", "as_job", is_flag=True, help="Let a trainer worker do it, on what the graph holds.")
@click.option("--wait", is_flag=True, help="With --job: show the job's progress until it ends.")
@click.option(
    "--models",
    default=",".join(DEFAULT_COMPETITORS),
    show_default=True,
    help=f"In the order of the table; all are tested against the first. There are {', '.join(_NAMES)}.",
)
@click.option(
    "--seeds", type=click.IntRange(1, MAX_SEEDS), default=1, show_default=True, help="Trainings of what has a seed."
)
@click.option("--fold", help="Which of the official folds.  [default: u1]")
@click.option(
    "--split",
    type=click.Choice(get_args(SplitName)),
    help="What is held out of ratings.  [default: official, or latest]",
)
@click.option("--like-threshold", type=float, default=4.0, show_default=True, help="A movie is liked from here on.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for tables, plots and finished runs: asked for again with it, a comparison goes on.",
)
@click.option("--write-section", type=click.Path(dir_okay=False, path_type=Path), help="A Markdown page to put it in.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--threads", type=click.IntRange(1, 256), help="[default: MARQUEE_THREADS, or all cores]")
def compare(
    folder: Path | None,
    *,
    of_graph: bool,
    as_job: bool,
    wait: bool,
    models: str,
    seeds: int,
    fold: str | None,
    split: SplitName | None,
    like_threshold: float,
    out: Path | None,
    write_section: Path | None,
    as_json: bool,
    threads: int | None,
) -> None:
    """Fit models in the same way, and judge them on the same held-out likes: one table of quality and cost.

    DATA is a folder with train.txt, valid.txt and test.txt (a line is `user movie movie …`), or MovieLens 100K as it is
    published, with its official folds.
    """
    asked: dict[str, Any] = {"models": models.split(","), "seeds": seeds, "like_threshold": like_threshold}
    request = parse_request(CompareRequest, {**asked, "split": split or "latest"})
    if sum((folder is not None, of_graph, as_job)) != 1:
        raise InvalidInputError("Name DATA, or --graph, or --job: one of them.")
    if as_job:
        ask(request, wait=wait)
        return
    settings = load(TrainerSettings)
    share_cores()
    if folder is None:
        with open_graph(settings) as graph:
            graph.prepare()
            material = read_graph(graph, like_threshold=like_threshold, split=request.split)
        where = ["--graph", "--split", request.split]
    else:
        material = read_data(folder, like_threshold=like_threshold, fold=fold, split=split)
        where = [folder.resolve().name, *_named("--fold", fold), *_named("--split", split)]
    where += _named("--threads", threads)
    resources = Resources.of(settings, threads)
    found = _compare(request, material, resources, out, command_of(request, where))
    if out is not None:
        write_files(found, out)
    if write_section is not None:
        put_section(found, write_section)
    if as_json:
        print(json.dumps(found))
    else:
        _show(found, Console())


def _named(option: str, value: str | int | None) -> list[str]:
    return [] if value is None else [option, str(value)]


def _compare(
    request: CompareRequest, material: Material, resources: Resources, out: Path | None, command: str
) -> dict[str, Any]:
    """With a bar of what runs and how much is done; what is finished is kept in `out`, or for as long as this runs."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="marquee-compare-") as temporary,
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task("comparing", total=1.0)
        return compare_models(
            request,
            material,
            resources=resources,
            kept=RunFile((out or Path(temporary)) / RUNS_FILE, material),
            command=command,
            on_run=lambda words, done: bar.update(task, description=words, completed=done),
        )


def _show(found: dict[str, Any], console: Console) -> None:
    data = found["data"]
    title = f"{data['name']}: {data['users']:,} users are asked for, {data['movies']:,} movies; {data['split']}"
    console.print(terminal_table(title, found["models"]))
    for words in (*missing(found["models"]), EXPLANATION):
        console.print(words, highlight=False, markup=False)
