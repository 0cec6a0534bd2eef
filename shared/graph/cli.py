"""`marquee graph`: look at the graph that the settings name."""

from collections.abc import Mapping

import click
from rich.console import Console
from rich.table import Table

from shared.graph.connect import open_graph
from shared.settings import GraphSettings, load


@click.group()
def graph() -> None:
    """Look at the graph."""


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


def _counts(what: str, counts: Mapping[str, int]) -> Table:
    table = Table("kind", what)
    table.columns[1].justify = "right"
    for kind, count in counts.items():
        table.add_row(kind, f"{count:,}")
    return table
