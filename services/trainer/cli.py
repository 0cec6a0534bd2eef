"""`marquee evaluate`: the whole recipe on a split made beforehand, beside its baselines."""

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, get_args

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.trainer.environment import share_cores
from services.trainer.rating.cli import evaluate_folds
from services.trainer.settings import TrainerSettings
from shared.cli.options import model_options
from shared.jobs import BaselineName, TrainRequest, parse_request
from shared.settings import load

_COLUMNS: Final = {
    "Recall@20": "recall_at_20",
    "NDCG@20": "ndcg_at_20",
    "coverage": "coverage_at_20",
    "Gini": "gini_at_20",
}
_LINK_FIGURES: Final = {"roc_auc": "ROC AUC", "average_precision": "average precision"}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON at the end instead of a table.")
@model_options
@click.option("--temperature", type=float, help="Temperature of the softmax.  [default: chosen on valid.txt]")
@click.option("--epochs", type=int, help="[default: chosen on valid.txt]")
@click.option("--width", type=int, help="Dimensions of a vector.  [default: 128]")
@click.option("--linear-rank", type=int, help="Columns of the linear part, 0 for none.  [default: chosen on valid.txt]")
@click.option(
    "--objective",
    type=click.Choice(["ranking", "link", "rating", "classification"]),
    default="ranking",
    show_default=True,
    help="What is judged: rankings, or held-out links against non-links (DIR holds train.txt, valid.txt and test.txt); "
    "stars, or likes (DIR is MovieLens 100K).",
)
@click.option("--fold", type=click.Choice(["u1", "u2", "u3", "u4", "u5"]), help="Of stars and likes.  [default: all]")
@click.option(
    "--like-threshold", type=float, default=4.0, show_default=True, help="A movie is liked from so many stars on."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    type=click.Choice(get_args(BaselineName)),
    help="What the model is shown beside; may be repeated, and popularity always is.  [default: all; "
    "matrix-factorisation of small data only]",
)
@click.option("--threads", type=click.IntRange(1, 256), help="[default: MARQUEE_THREADS, or all cores]")
@click.option("--processes", type=int, help="That train it together, sharing threads.  [default: MARQUEE_PROCESSES]")
def evaluate(
    folder: Path,
    *,
    as_json: bool,
    objective: str,
    fold: str | None,
    threads: int | None,
    **asked: Any,  # noqa: ANN401 - checked below
) -> None:
    """Choose settings on valid.txt of DIR, train on train.txt and valid.txt, and read test.txt once.

    A line of a file is `user movie movie …`. What describes movies has no place there, so it takes no part. Of stars
    and likes, DIR is MovieLens 100K as it is published: settings are chosen on a tenth of u1.base, the model is trained
    on all of it, and u1.test is read once; so with the other folds.
    """
    settings = load(TrainerSettings)
    share_cores()
    asked["baselines"] = asked["baselines"] or None
    request = parse_request(TrainRequest, asked)
    if objective in ("rating", "classification"):
        evaluate_folds(
            folder,
            [fold] if fold else [],
            objective=objective,
            like_threshold=request.like_threshold,
            seed=request.seed,
            threads=threads or settings.threads,
            device=settings.device,
            as_json=as_json,
        )
        return
    with Progress(console=Console(stderr=True), transient=True, disable=not Console(stderr=True).is_terminal) as bar:
        found = _evaluate(folder, request, settings, threads or settings.threads, bar, with_links=objective == "link")
    if as_json:
        print(json.dumps(found))
    else:
        _show(found, Console())


def _evaluate(
    folder: Path,
    request: TrainRequest,
    settings: TrainerSettings,
    threads: int | None,
    bar: Progress,
    *,
    with_links: bool,
) -> dict[str, Any]:
    from services.trainer.data.folder import read_folder
    from services.trainer.evaluation.baselines import popularity
    from services.trainer.evaluation.comparison import compare
    from services.trainer.evaluation.links import evaluate_links
    from services.trainer.evaluation.registry import Limits
    from services.trainer.families.linear import with_linear
    from services.trainer.fitting.ablation import without_graph
    from services.trainer.fitting.leader import leading
    from services.trainer.fitting.selection import select_recipe
    from services.trainer.fitting.training import Training
    from services.trainer.machine import explain, prepare_machine

    def stage(name: str) -> Callable[[float], None]:
        task = bar.add_task(name, total=1.0)
        return lambda done: bar.update(task, completed=done)

    device = prepare_machine(threads, settings.device)
    parts = read_folder(folder)
    where = explain(device, settings.device)
    click.echo(f"Training on {where}.", err=True)
    started = time.monotonic()
    processes = request.processes or settings.processes
    with TemporaryDirectory(prefix="marquee-") as shared, leading(processes, device, Path(shared) / "group") as group:
        selection = select_recipe(parts.select, request, device, stage("choosing settings"), group=group)
        selected = time.monotonic()
        model = Training(parts.final.likes, selection.recipe, device, group=group).run(on_step=stage("training"))
    model = with_linear(model, parts.final.likes, selection.recipe)
    trained = time.monotonic()
    limits = Limits(settings.baseline_memory_bytes, threads or os.cpu_count() or 1)
    found = compare(
        model.on(parts.final),
        parts,
        limits=limits,
        on_step=stage("evaluating, and baselines"),
        names=request.baselines,
        trained={
            "matrix-factorisation": lambda on_step: without_graph(
                parts, selection.recipe, request, device, on_step, limits=limits
            )
        },
    )
    links = {}
    if with_links:
        popular = evaluate_links(popularity(parts.final.likes), parts.final)
        links = {"links": {"this model": evaluate_links(model.on(parts.final), parts.final), "popularity": popular}}
    return {
        **links,
        **found["metrics"],
        **found["details"],
        "train_seconds": round(trained - started, 2),
        "select_seconds": round(selected - started, 2),
        "baselines": found["baselines"],
        "device": where,
        "processes": processes,
        "recipe": selection.recipe.as_json(),
        "selection": selection.trials,
        "linear_part": selection.blends,
        "users": len(parts.final.users()),
        "movies": parts.final.likes.n_movies,
    }


def _links(rows: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Table:
    """Held-out links against as many non-links: chance is .5 in every column."""
    columns = [(kind, figure) for kind in ("sampled", "degree_matched") for figure in _LINK_FIGURES]
    table = Table(title="Links held out against as many pairs that are none; .5 is chance, higher is better")
    table.add_column("")
    for kind, figure in columns:
        among = ", as popular" if kind == "degree_matched" else ""
        table.add_column(f"{_LINK_FIGURES[figure]}{among}", justify="right")
    for name, figures in rows.items():
        table.add_row(name, *(f"{figures[kind][figure]:.4f}" for kind, figure in columns))
    return table


def _show(found: dict[str, Any], console: Console) -> None:
    """For people: a table, best figure of each column in bold."""
    rows = {f"this model ({found['recipe']['family']})": found, **found["baselines"]}
    judged = {name: row for name, row in rows.items() if "left_out" not in row}
    table = Table(title=f"{found['users']:,} users, {found['movies']:,} movies; higher is better, but for Gini")
    table.add_column("", no_wrap=True)
    for heading in _COLUMNS:
        table.add_column(heading, justify="right")
    best = {key: max(row[key] for row in judged.values()) for key in _COLUMNS.values()}
    for name, row in judged.items():
        table.add_row(name, *(_cell(row, key, is_best=row[key] == best[key]) for key in _COLUMNS.values()))
    console.print(_links(found["links"]) if "links" in found else table)
    console.print("Below a figure: where it lies in 95% of bootstrap resamples of the users.", highlight=False)
    for row in found["baselines"].values():
        if "left_out" in row:
            console.print(row["left_out"], highlight=False)
    recipe = found["recipe"]
    console.print(
        f"Trained in {found['train_seconds']} s, {found['select_seconds']} s of it choosing: temperature "
        f"{recipe['temperature']}, {recipe['epochs']} epochs.",
        highlight=False,
    )


def _cell(row: dict[str, Any], key: str, *, is_best: bool) -> str:
    """A figure, and below it its interval where it has one."""
    figure = f"[bold]{row[key]:.4f}[/]" if is_best and key != "gini_at_20" else f"{row[key]:.4f}"
    if key not in row["intervals"]:
        return figure
    low, high = row["intervals"][key]
    return f"{figure}\n{low:.3f} to {high:.3f}"
