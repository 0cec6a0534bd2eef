"""`marquee export` and `marquee import`: the whole graph into a folder of files, and back."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, cast

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from shared.graph import open_graph
from shared.settings import GraphSettings, load

_FORMATS: Final = ("parquet", "csv", "neo4j-admin")


@contextlib.contextmanager
def _bars() -> Iterator[Callable[[str, float], None]]:
    """A bar for each part, as it comes."""
    columns = (TextColumn("  {task.description:<16}"), BarColumn(bar_width=36), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        tasks = {}

        def show(part: str, done: float) -> None:
            if part not in tasks:
                tasks[part] = bars.add_task(part, total=1.0)
            bars.update(tasks[part], completed=done)

        yield show


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--format", "file_format", type=click.Choice(_FORMATS), default="parquet", show_default=True)
def export_command(folder: Path, file_format: str) -> None:
    """Write users, movies, what describes them and what users did into FOLDER, a new folder.

    Model versions, vectors, jobs and keys are no part of it. The services may go on meanwhile. What `neo4j-admin`
    takes makes a Neo4j's first load a quick one, while that Neo4j is stopped: see docs/operations.md.
    """
    from services.ingest.transfer.exporting import export_graph
    from services.ingest.transfer.manifest import FileFormat
    from services.ingest.transfer.neo4j_admin import ARGUMENTS

    settings = load(GraphSettings)
    with open_graph(settings) as graph, _bars() as progress:
        graph.prepare()
        manifest = export_graph(graph, folder, cast("FileFormat", file_format), progress)
    click.echo(f"{manifest.rows:,} nodes and relationships were exported from {settings.graph_url} into {folder}.")
    if manifest.file_format == "neo4j-admin":
        click.echo(
            "Stop the Neo4j that they are for, and there, in that folder: neo4j-admin database import full neo4j "
            f"@{ARGUMENTS}"
        )


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--merge", is_flag=True, help="Also into a graph that is not empty.")
def import_command(folder: Path, *, merge: bool) -> None:
    """Read FOLDER, which `marquee export` has written, into the graph that the settings name.

    All of it is checked before anything is written. After a break, run it again with --merge.
    """
    from services.ingest.transfer.importing import import_graph

    settings = load(GraphSettings)
    with open_graph(settings) as graph, _bars() as progress:
        graph.prepare()
        manifest = import_graph(graph, folder, progress, merge=merge)
    click.echo(f"{manifest.rows:,} nodes and relationships were imported from {folder} into {settings.graph_url}.")
