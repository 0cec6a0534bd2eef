"""`marquee graph`: look at the graph that the settings name, and copy it."""

from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from shared.errors import InvalidInputError
from shared.graph.connect import open_graph, sqlite_path
from shared.settings import GraphSettings, load


@click.group()
def graph() -> None:
    """Look at the graph, and copy it."""


@graph.command()
def check() -> None:
    """Verify constraints and indexes, and count nodes and relationships. Ends with status 1 if anything is wrong."""
    settings = load(GraphSettings)
    with open_graph(settings) as opened:
        found = opened.check()
    console = Console(highlight=False)
    console.print(f"The graph at {settings.graph_url}", markup=False)
    console.print(_counts("nodes", found.nodes))
    console.print(_counts("relationships", found.edges))
    if found.problems:
        for problem in found.problems:
            console.print(f"✗ {problem}", style="red", markup=False)
        raise click.exceptions.Exit(1)
    console.print("✓ Nothing is wrong.", style="green")


@graph.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy an SQLite graph into FILE, a new file, while the services go on.

    To restore it, stop the services, move the graph's files away and put FILE in their place.
    """
    settings = load(GraphSettings)
    path = sqlite_path(settings)
    if path is None:
        raise InvalidInputError(
            "`marquee graph backup` copies an SQLite graph. A Neo4j is dumped by neo4j-admin: see docs/operations.md."
        )
    from shared.graph.sqlite.backup import back_up

    back_up(path, file, timeout_seconds=settings.graph_timeout_seconds)
    click.echo(f"The graph at {path} was copied into {file}: {file.stat().st_size / 1e6:,.1f} MB, read back and sound.")


def _counts(what: str, counts: Mapping[str, int]) -> Table:
    table = Table("kind", what)
    table.columns[1].justify = "right"
    for kind, count in counts.items():
        table.add_row(kind, f"{count:,}")
    return table
