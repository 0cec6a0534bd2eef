"""Opens the store that the settings name."""

from pathlib import Path

from shared.errors import InvalidInputError
from shared.graph.port import Graph
from shared.settings import GraphSettings


def sqlite_path(settings: GraphSettings) -> Path | None:
    """The file of an SQLite graph; None where the settings name another store."""
    url = settings.graph_url
    return Path(url.removeprefix("sqlite:")) if url.startswith("sqlite:") else None


def open_graph(settings: GraphSettings) -> Graph:
    """The graph that `settings.graph_url` names; connections are made when they are first needed.

    Raises:
        InvalidInputError: the address is of no known kind, or a Neo4j has no password.
    """
    url = settings.graph_url
    if (path := sqlite_path(settings)) is not None:
        from shared.graph.sqlite import SqliteGraph

        return SqliteGraph(path, timeout_seconds=settings.graph_timeout_seconds)
    if url.startswith(("bolt", "neo4j")):
        from shared.graph.neo4j import Neo4jGraph

        if settings.graph_password is None:
            raise InvalidInputError(
                f"MARQUEE_GRAPH_PASSWORD is missing: {url} needs the password of {settings.graph_user}."
            )
        return Neo4jGraph(
            url,
            user=settings.graph_user,
            password=settings.graph_password.get_secret_value(),
            timeout_seconds=settings.graph_timeout_seconds,
        )
    raise InvalidInputError(f"MARQUEE_GRAPH_URL is {url!r}; it begins with sqlite:, bolt:// or neo4j://.")
