"""The graph: whether it answers, has this Marquee's schema, and is whole."""

import time
from collections.abc import Iterator
from typing import Final

from shared.doctor.findings import Finding, Level
from shared.doctor.neo4j import check_server
from shared.errors import InvalidInputError
from shared.graph import Graph, GraphCheck, open_graph
from shared.graph.connect import sqlite_path
from shared.schema import MOVIE, RATED, USER
from shared.settings import GraphSettings

PART: Final = "graph"
_FIRST_SECONDS: Final = 5.0  # for the first answer; what counts everything has the time of the settings
_MOST_SKEW_SECONDS: Final = 5.0


def check_graph(settings: GraphSettings) -> Iterator[Finding]:
    """From the connection to the last index.

    Raises:
        UnavailableError: it does not answer.
        InvalidInputError: the address or the password is wrong, or there is no such file.
    """
    path = sqlite_path(settings)
    if path is not None and not path.exists():  # opening it would make it
        raise InvalidInputError(
            f"There is no graph at {path.absolute()}: check MARQUEE_GRAPH_URL. The first worker that starts makes it."
        )
    with open_graph(settings.model_copy(update={"graph_timeout_seconds": _FIRST_SECONDS})) as graph:
        graph.read_revision()
        yield Finding(PART, Level.WELL, f"{settings.graph_url.partition('@')[2] or settings.graph_url} answers.")
        if path is None:
            yield from _clock(graph)
    with open_graph(settings) as graph:
        found = graph.check()
        if path is None:
            yield from check_server(graph, found)
    yield from _content(found)


def _clock(graph: Graph) -> Iterator[Finding]:
    before, there, after = time.time(), graph.now() / 1_000, time.time()
    skew = max(there - after, before - there)
    if skew > _MOST_SKEW_SECONDS:
        what = f"This machine's clock and the graph's differ by {skew:,.0f} s."
        yield Finding(PART, Level.WARNING, what, "Let NTP set both: times of ratings and of jobs come from either.")


def _content(found: GraphCheck) -> Iterator[Finding]:
    for problem in found.problems:
        yield Finding(PART, Level.WRONG, problem, "Starting a worker makes what is missing; else restore a backup.")
    counts = (
        f"{found.nodes[USER.label]:,} users, {found.nodes[MOVIE.label]:,} movies, {found.edges[RATED.type]:,} ratings"
    )
    if found.edges[RATED.type]:
        yield Finding(PART, Level.WELL, f"It holds {counts}.")
    else:
        yield Finding(PART, Level.WARNING, f"It holds {counts}.", "Ask for an ingest: `marquee ingest SOURCE --wait`.")
