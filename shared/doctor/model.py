"""The served models: whether there is one, how old it is, and whether its vectors are what the training wrote."""

from collections.abc import Iterator
from typing import Final

from shared.doctor.findings import Finding, Level
from shared.graph import Graph, open_graph
from shared.models import KINDS_OF, RATING, ModelVersion, checksum, served_version
from shared.settings import GraphSettings
from shared.tuning import list_tuned

PART: Final = "model"
_DAY_MS: Final = 24 * 3_600 * 1_000
_OLD_DAYS: Final = 30


def check_model(settings: GraphSettings) -> Iterator[Finding]:
    """The versions that the pointers name. That no model predicts ratings is well: not everyone wants one.

    Raises:
        UnavailableError: the graph does not answer.
    """
    with open_graph(settings) as graph:
        version = served_version(graph)
        if version is None:
            what = "No model is served: the recommender shows what is popular."
            yield Finding(PART, Level.WARNING, what, "Ask for a training: `marquee train --wait`.")
        else:
            yield from _version(graph, version, "marquee train")
        rating = served_version(graph, RATING)
        if rating is not None:
            yield from _version(graph, rating, "marquee train --objective rating")
        yield from _tuned(graph)


def _version(graph: Graph, version: ModelVersion, command: str) -> Iterator[Finding]:
    days = (graph.now() - version.created_at) / _DAY_MS
    said = f"{version.version} is served: {version.movies:,} movies, {version.parameters.family}, {days:,.1f} days old"
    if days > _OLD_DAYS:
        yield Finding(PART, Level.WARNING, f"{said}.", f"Train again, if ratings have come since: `{command}`.")
    else:
        yield Finding(PART, Level.WELL, f"{said}.")
    yield from _vectors(graph, version)


def _tuned(graph: Graph) -> Iterator[Finding]:
    """What trainings begin from, where it is not the defaults."""
    for tuned in list_tuned(graph):
        yield Finding(
            PART,
            Level.WELL,
            f"Trainings of {tuned.family} begin from settings of the study {tuned.study}, trial {tuned.trial} "
            f"(`marquee tune --family {tuned.family} --forget` takes them away).",
        )


def _vectors(graph: Graph, version: ModelVersion) -> Iterator[Finding]:
    """Read whole, and compared with what stands in the version's node."""
    again = "Activate the version before (POST /v1/models/VERSION/activate), and train again."
    if version.slot is None:
        what = f"The vectors of {version.version} were overwritten, and it can't be served anew."
        yield Finding(PART, Level.WRONG, what, again)
        return
    tables = {kind: graph.read_slot(kind, version.slot) for kind in KINDS_OF[version.pointer]}
    gone = version.movies + version.users - sum(len(table.keys) for table in tables.values())
    if gone > 0:
        what = f"{gone:,} movies and users that {version.version} has vectors of are no longer in the graph."
        yield Finding(PART, Level.WARNING, what, "If you have not deleted them, train again.")
    elif version.checksum is not None and checksum(tables) != version.checksum:
        what = f"The vectors of {version.version} are not those that its training wrote: their checksum differs."
        yield Finding(PART, Level.WRONG, what, again)
    else:
        yield Finding(PART, Level.WELL, "Its vectors are whole, as their checksum says.")
