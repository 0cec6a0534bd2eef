"""`marquee evaluate`: the whole recipe on a split made beforehand, beside its baselines."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.trainer.environment import share_cores
from services.trainer.rating.cli import evaluate_folds
from services.trainer.recipe import Family
from services.trainer.settings import TrainerSettings
from shared.jobs import TrainRequest
from shared.settings import load

_LINK_FIGURES: Final = {"roc_auc": "ROC AUC", "average_precision": "average precision"}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON at the end instead of a table.")
@click.option("--family", type=click.Choice(get_args(Family)), default="inductive", show_default=True)
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
@click.option("--threads", type=click.IntRange(1, 256), help="[default: MARQUEE_THREADS, or all cores]")
def evaluate(
    folder: Path,
    *,
    as_json: bool,
    family: Family,
    objective: str,
    fold: str | None,
    like_threshold: float,
    seed: int,
    threads: int | None,
) -> None:
    """Choose settings on valid.txt of DIR, train on train.txt and valid.txt, and read test.txt once.

    A line of a file is `user movie movie …`. Of stars and likes, DIR is MovieLens 100K as it is published: settings are
    chosen on a tenth of u1.base, the model is trained on all of it, and u1.test is read once; so with the other folds.
    """
    settings = load(TrainerSettings)
    share_cores()
    if objective in ("rating", "classification"):
        evaluate_folds(
            folder,
            [fold] if fold else ["u1", "u2", "u3", "u4", "u5"],
            objective=objective,
            like_threshold=like_threshold,
            seed=seed,
            threads=threads or settings.threads,
            device=settings.device,
            as_json=as_json,
        )
        return
    request = TrainRequest(family=family, seed=seed)
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
    from services.trainer.evaluation.links import judge_links
    from services.trainer.fitting.selection import select_recipe
    from services.trainer.fitting.training import Training
    from services.trainer.machine import prepare_machine

    def stage(name: str) -> Callable[[float], None]:
        task = bar.add_task(name, total=1.0)
        return lambda done: bar.update(task, completed=done)

    device = prepare_machine(threads, settings.device)
    parts = read_folder(folder)
    started = time.monotonic()
    selection = select_recipe(parts.select, request, device, stage("choosing settings"))
    selected = time.monotonic()
    model = Training(parts.final.likes, selection.recipe, device).run(on_step=stage("training"))
    trained = time.monotonic()
    scores = model.scorer(parts.final.likes)
    found = compare(
        scores, parts, ease_memory_bytes=settings.ease_memory_bytes, on_step=stage("evaluating, and baselines")
    )
    links = {}
    if with_links:
        popular = judge_links(popularity(parts.final.likes), parts.final)
        links = {"links": {"this model": judge_links(scores, parts.final), "popularity": popular}}
    return {
        **links,
        **found["metrics"],
        "train_seconds": round(trained - started, 2),
        "select_seconds": round(selected - started, 2),
        "baselines": found["baselines"],
        "recipe": selection.recipe.as_json(),
        "selection": selection.trials,
        "users": len(parts.final.users()),
        "movies": parts.final.likes.n_movies,
    }


def _links(rows: Mapping[str, Mapping[str, float]]) -> Table:
    """Held-out links against as many non-links: chance is .5 in every column."""
    columns = {f"{name}{hard}": (name, hard) for hard in ("", "_degree_matched") for name in _LINK_FIGURES}
    table = Table(title="Links held out against as many pairs that are none; .5 is chance, higher is better")
    table.add_column("")
    for name, hard in columns.values():
        table.add_column(f"{_LINK_FIGURES[name]}{', as popular' if hard else ''}", justify="right")
    for name, figures in rows.items():
        table.add_row(name, *(f"{figures[key]:.4f}" for key in columns))
    return table


def _show(found: dict[str, Any], console: Console) -> None:
    """For people: a table, best figure of each column in bold."""
    columns = {
        "Recall@20": "recall_at_20",
        "NDCG@20": "ndcg_at_20",
        "hit rate": "hit_rate_at_20",
        "coverage": "coverage_at_20",
    }
    rows = {f"this model ({found['recipe']['family']})": found, **found["baselines"]}
    table = Table(title=f"{found['users']:,} users, {found['movies']:,} movies; higher is better")
    table.add_column("")
    for heading in columns:
        table.add_column(heading, justify="right")
    best = {key: max(row.get(key, 0.0) for row in rows.values()) for key in columns.values()}
    for name, row in rows.items():
        figures = [
            f"[bold]{row[k]:.4f}[/]" if row[k] == best[k] else f"{row[k]:.4f}" for k in columns.values() if k in row
        ]
        table.add_row(name, *figures)
    console.print(_links(found["links"]) if "links" in found else table)
    for name, row in found["baselines"].items():
        if "left_out" in row:
            console.print(f"{name}: {row['left_out']}", highlight=False)
    recipe = found["recipe"]
    console.print(
        f"Trained in {found['train_seconds']} s, {found['select_seconds']} s of it choosing: temperature "
        f"{recipe['temperature']}, {recipe['epochs']} epochs.",
        highlight=False,
    )
