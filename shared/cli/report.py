"""`marquee report`: the report of a model version, as a page for people or as JSON."""

import json
from pathlib import Path

import click

from shared.errors import NotFoundError
from shared.graph import Graph, open_graph
from shared.models import read_page, read_report, served_version
from shared.settings import GraphSettings, load


@click.command()
@click.argument("version", required=False)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="An .html or .json file to write.")
def report(version: str | None, out: Path | None) -> None:
    """Write the report of VERSION, of the served one where none is named: to FILE, or as JSON to the terminal."""
    with open_graph(load(GraphSettings)) as graph:
        graph.prepare()
        name = version or name_of_served(graph)
        as_page = out is not None and out.suffix in {".html", ".htm"}
        text = read_page(graph, name) if as_page else f"{json.dumps(read_report(graph, name), indent=2)}\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        click.echo(f"the report of {name} is in {out}")


def name_of_served(graph: Graph) -> str:
    """The served version's name.

    Raises:
        NotFoundError: there is none yet.
    """
    served = served_version(graph)
    if served is None:
        raise NotFoundError("No model is served yet. Name a version, or train a model with `marquee train`.")
    return served.version
