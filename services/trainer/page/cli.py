"""`marquee plots`: the plots of a version's report as files."""

from pathlib import Path

import click
import numpy as np

from shared.cli.report import name_of_served
from shared.graph import Graph, open_graph
from shared.graph.port import Array
from shared.ids import IdMap, Rows
from shared.models import RANKING, ModelVersion, get_version, ranking_parameters, read_report, read_vectors
from shared.scoring import Floats
from shared.settings import GraphSettings, load


@click.command()
@click.argument("version", required=False)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="A folder; it is made if need be."
)
def plots(version: str | None, out: Path) -> None:
    """Save the plots of VERSION's report, of the served one's where none is named, each as PNG and as SVG.

    A map of the movies is among them as long as the graph holds the version's vectors.
    """
    with open_graph(load(GraphSettings)) as graph:
        graph.prepare()
        saved = _save(graph, version or name_of_served(graph), out)
    for path in saved:
        click.echo(f"{path}.png, {path.name}.svg")


def _save(graph: Graph, version: str, folder: Path) -> list[Path]:
    from services.trainer.page.figures import plots_of
    from services.trainer.page.movies import read_map_data
    from services.trainer.page.places import place_movies
    from services.trainer.page.sections import THIS_MODEL, rows_of
    from services.trainer.plots.files import save

    found, report = get_version(graph, version), read_report(graph, version)
    has_map = found.slot is not None and found.pointer == RANKING
    placed = place_movies(read_map_data(graph, *_vectors(graph, found))) if has_map else None
    folder.mkdir(parents=True, exist_ok=True)
    saved = []
    for plot in plots_of(report, rows_of(report), THIS_MODEL, placed):
        save(plot.draw(), folder / plot.name)
        saved.append(folder / plot.name)
    return saved


def _vectors(graph: Graph, version: ModelVersion) -> tuple[Array, Floats, Rows]:
    """Keys, vectors and likes of the movies that a version has vectors of."""
    from services.trainer.data.interactions import read_interactions
    from services.trainer.data.split import all_likes

    parameters, table = ranking_parameters(version), read_vectors(graph, version).movies
    data = read_interactions(graph)
    liked = all_likes(data, parameters.like_threshold).counts()
    rows = IdMap(data.movie_keys).rows(table.keys.tolist())  # -1: a movie that was deleted since
    directions = table.columns["embedding"][:, : parameters.width - parameters.linear_width]
    return table.keys, directions, np.where(rows >= 0, liked[rows], 0)
