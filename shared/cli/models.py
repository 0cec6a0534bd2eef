"""`marquee models`: look at model versions, compare two, and say which one is served."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from rich import box
from rich.console import Console
from rich.table import Table

from shared.graph import Graph, open_graph
from shared.models import (
    KINDS_OF,
    RANKING,
    ModelVersion,
    VersionState,
    activate,
    get_version,
    list_versions,
    roll_back,
)
from shared.schema import SERVES
from shared.settings import GraphSettings, load
from shared.version_comparison import Figure, VersionComparison, compare_versions


@contextmanager
def _graph() -> Iterator[Graph]:
    with open_graph(load(GraphSettings)) as graph:
        graph.prepare()
        yield graph


@click.group(invoke_without_command=True)
@click.pass_context
def models(ctx: click.Context) -> None:
    """Look after model versions; without a command, list them."""
    if not ctx.invoked_subcommand:
        ctx.invoke(list_)


@models.command("list")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
def list_(limit: int = 20) -> None:
    """List versions, newest first: also those that the gate has rejected."""
    with _graph() as graph:
        _print(graph, list_versions(graph, limit))


@models.command()
@click.argument("version")
def show(version: str) -> None:
    """Show VERSION with its metrics. `marquee report VERSION` has all of its report."""
    with _graph() as graph:
        found = get_version(graph, version)
        _print(graph, [found])
    for name, value in found.metrics.items():
        click.echo(f"  {name}: {value:.4f}")


@models.command()
@click.argument("version")
@click.argument("other")
def compare(version: str, other: str) -> None:
    """Compare VERSION with OTHER: settings that differ, metrics, data."""
    with _graph() as graph:
        found = compare_versions(graph, version, other)
    _print_comparison(found)


@models.command("activate")
@click.argument("version")
def activate_(version: str) -> None:
    """Serve VERSION from now on, if its vectors are still kept."""
    _serve(lambda graph: activate(graph, version))


@models.command()
@click.option("--objective", type=click.Choice(list(KINDS_OF)), default=RANKING, show_default=True)
def rollback(objective: str) -> None:
    """Serve the version that was served before the present one. Done twice, it is as it was."""
    _serve(lambda graph: roll_back(graph, objective))


def _serve(choose: Callable[[Graph], ModelVersion]) -> None:
    with _graph() as graph:
        served = choose(graph)
    click.echo(f"{served.version} is served now; every recommender follows within a second")


def _print(graph: Graph, versions: list[ModelVersion]) -> None:
    served = {graph.read_pointer(SERVES, pointer) for pointer in KINDS_OF}
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("version", "objective", "family", "state", "serving", "asked for (UTC)", "users", "movies"):
        table.add_column(heading)
    for version in versions:
        table.add_row(
            version.version,
            version.pointer,
            version.parameters.family,
            version.state,
            _serving(version, is_served=version.version in served),
            datetime.fromtimestamp(version.created_at / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            f"{version.users:,}",
            f"{version.movies:,}",
        )
    Console().print(table)


def _serving(version: ModelVersion, *, is_served: bool) -> str:
    if is_served:
        return "is served"
    return "can be" if version.state is VersionState.READY and version.slot is not None else ""


def _print_comparison(found: VersionComparison) -> None:
    console = Console()
    first, second = found.first.version, found.second.version
    metrics = Table("metric", first, second, "difference", box=box.SIMPLE_HEAD)
    for name, figure in found.metrics.items():
        metrics.add_row(name, *_figures(figure))
    console.print(metrics)
    for title, pairs in (("settings that differ", found.settings), ("data", found.data)):
        table = Table(title, first, second, box=box.SIMPLE_HEAD)
        for name, pair in pairs.items():
            table.add_row(name, str(pair.first), str(pair.second))
        console.print(table)
    if not found.judged_alike:
        console.print("They were judged on different events, so a difference of metrics is also one of data.")
    console.print(f"Served is {found.served or 'none'}.")


def _figures(figure: Figure) -> tuple[str, str, str]:
    difference = "" if figure.difference is None else f"{figure.difference:+.4f}"
    first = _figure(figure.first, figure.first_interval)
    return first, _figure(figure.second, figure.second_interval), difference


def _figure(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" + (f" ({interval[0]:.4f} to {interval[1]:.4f})" if interval else "")
