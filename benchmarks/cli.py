"""The command: measure what is asked for, print it, keep it, and write the page."""

import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import (
    batch,
    cold,
    endurance,
    events,
    fold_in,
    growth,
    ingest,
    judging,
    large,
    offline,
    plateau,
    publish,
    quality,
    read,
    serving,
    stars,
)
from benchmarks.bench import FULL_RATINGS, Bench, Subject
from benchmarks.machine import commit, this_machine
from benchmarks.page import page, plot_name, table, targets_table
from benchmarks.plot import svg
from benchmarks.results import Measurement, Results
from benchmarks.store import STORES
from shared.apart import Stopwatch
from shared.errors import MarqueeError

_ROOT: Final = Path(__file__).parents[1]
_RESULTS: Final = _ROOT / "benchmarks" / "results.jsonl"
_DOCS: Final = _ROOT / "docs"
_CACHE: Final = _ROOT / ".cache" / "bench"
SUBJECTS: Final = (
    ingest.SUBJECT, offline.SUBJECT, large.SUBJECT, read.SUBJECT, *plateau.SUBJECTS, publish.SUBJECT, batch.SUBJECT,
    serving.SUBJECT, events.SUBJECT, endurance.SUBJECT, growth.SUBJECT, judging.SUBJECT, quality.SUBJECT,
    fold_in.SUBJECT, cold.SUBJECT, stars.SUBJECT,
)  # fmt: skip
"""In the order of the page."""
_NAMES: Final = [subject.name for subject in SUBJECTS]
_RATINGS_HELP: Final = (
    "Of the large data set, 20 million where it is left out; all other sizes go with it. A run of another size is a "
    "trial: it is printed, and kept nowhere."
)
_ROUNDS: Final = (
    ("ingest",),
    ("offline",),
    ("serving",),
    ("events",),
    ("endurance",),
    ("judging",),
    ("quality",),
    ("fold-in", "cold", "stars"),
    ("large", "read", "publish", "batch"),
    ("growth",),
    ("inductive", "lightgcn"),
)
"""Quick ones first; those of a round are measured on one store, and then on the next, since they share a graph."""


@click.command()
@click.argument("words", nargs=-1, metavar="[SUBJECT|STORE]...", type=click.Choice([*_NAMES, *STORES]))
@click.option("--ratings", default=FULL_RATINGS, type=click.IntRange(20_000), help=_RATINGS_HELP)
@click.option("--cache", default=_CACHE, type=click.Path(path_type=Path), help="Where data sets are kept.")
@click.option("--no-cache", is_flag=True, help="Delete the data sets at the end.")
@click.option("--page-only", is_flag=True, help="Measure nothing; write docs/benchmarks.md from what is kept.")
def main(words: tuple[str, ...], *, ratings: int, cache: Path, no_cache: bool, page_only: bool) -> None:
    """Measure SUBJECTs on STOREs, all where none is named, and write docs/benchmarks.md.

    SUBJECTs: ingest, offline, large, read, inductive, lightgcn, publish, batch, serving, events, endurance, growth,
    judging, quality, fold-in, cold, stars. STOREs: sqlite, neo4j.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers and folders are cleared away
    results = Results.read(_RESULTS)
    failed = not page_only and not _run(planned(words), results, ratings, None if no_cache else cache)
    if page_only or ratings == FULL_RATINGS:
        write_page(results)
    sys.exit(failed)


def planned(words: Sequence[str]) -> list[list[tuple[Subject, str]]]:
    """Rounds of subjects with stores that the words ask for."""
    subjects = {subject.name: subject for subject in SUBJECTS if subject.name in words or not {*words} - {*STORES}}
    stores = [store for store in STORES if store in words or not {*words} & {*STORES}]
    return [
        [
            (subjects[name], store)
            for store in stores
            for name in names
            if name in subjects and store in subjects[name].stores
        ]
        for names in _ROUNDS
    ]


def _run(rounds: Sequence[Sequence[tuple[Subject, str]]], results: Results, ratings: int, cache: Path | None) -> bool:
    """Measure, print, and keep what is of full size. Returns whether all could be measured."""
    console, succeeded, measured = Console(), True, commit()
    with _folder(cache) as folder, _bars(console) as bars, Bench(ratings, folder, bars) as bench:
        for subjects in rounds:
            for subject, store in subjects:
                try:
                    measurement = _measure(bench, subject, store, measured)
                except MarqueeError as error:
                    console.print(f"{subject.name} {store}: {error}", style="red", highlight=False)
                    succeeded = False
                    continue
                _show(console, subject, measurement)
                if ratings == FULL_RATINGS:
                    results.keep(measurement)
            bench.let_go()
    return succeeded


def _measure(bench: Bench, subject: Subject, store: str, measured: str) -> Measurement:
    watch = Stopwatch()
    with bench.step(f"[bold]{subject.name} {store}") as tell:
        tell(0.0)
        findings = subject.measure(bench, store)
    today = datetime.now(UTC).date().isoformat()
    return Measurement(subject.name, store, findings, watch.cost().seconds, today, measured, this_machine())


def _show(console: Console, subject: Subject, measurement: Measurement) -> None:
    console.print(f"\n[bold]{subject.title}[/]")
    for shown in (table(measurement.findings.rows), targets_table([measurement])):
        console.print(shown, highlight=False, markup=False, soft_wrap=True)


def write_page(results: Results) -> None:
    """Write docs/benchmarks.md, and a plot beside it for each curve."""
    (_DOCS / "benchmarks.md").write_text(page(SUBJECTS, results), encoding="utf-8")
    for measurement in results.measurements.values():
        if measurement.findings.curve:
            drawn = svg(measurement.findings.curve, "minutes", "NDCG@20 on validation")
            (_DOCS / plot_name(measurement.subject)).write_text(drawn, encoding="utf-8")


@contextlib.contextmanager
def _folder(cache: Path | None) -> Iterator[Path]:
    if cache is not None:
        yield cache
        return
    with tempfile.TemporaryDirectory(prefix="marquee-bench-") as folder:
        yield Path(folder)


def _bars(console: Console) -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True)
