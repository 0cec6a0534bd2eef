"""A Neo4j server: whether it is one that Marquee works with, and has room enough."""

import re
from collections.abc import Iterator
from typing import Final

from shared.doctor.findings import Finding, Level
from shared.graph import Graph, GraphCheck
from shared.schema import RATED

PART: Final = "graph"
_NEEDED: Final = (5, 23)  # `CALL () { … }`, which writes ratings
_TESTED: Final = (5, 26)
_LEAST_TRANSACTION_BYTES: Final = 512 * 2**20  # Neo4j gives all transactions 70% of its heap
_RATING_BYTES: Final = (
    100  # in the page cache, of a rating: the relationship, two properties and its part of the groups
)
_MOST_KEEP_ALIVE_SECONDS: Final = 15.0
_UNITS: Final = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


def check_server(graph: Graph, found: GraphCheck) -> Iterator[Finding]:
    """Version, edition and memory of the server behind `graph`, which is a Neo4j's."""
    from shared.graph.neo4j import Neo4jGraph

    assert isinstance(graph, Neo4jGraph)  # noqa: S101 - told to the type checker
    server = graph.describe_server()
    numbers = tuple(int(part) for part in server.version.split(".")[:2] if part.isdigit())
    said = f"Neo4j {server.version}, {server.edition} edition."
    if numbers < _NEEDED:
        yield Finding(PART, Level.WRONG, said, "Marquee needs 5.23 or later. Upgrade to 5.26, the long-term support.")
    elif numbers < _TESTED:
        yield Finding(PART, Level.WARNING, said, "Marquee is tested with 5.26, the long-term support: upgrade to it.")
    else:
        yield Finding(PART, Level.WELL, said)
    yield from _keep_alive(server.settings.get("server.bolt.connection_keep_alive"))
    yield from _heap(server.settings.get("dbms.memory.transaction.total.max"))
    yield from _page_cache(server.settings.get("server.memory.pagecache.size"), found.edges[RATED.type])


def _keep_alive(value: str | None) -> Iterator[Finding]:
    seconds = parse_seconds(value)
    if seconds is not None and seconds > _MOST_KEEP_ALIVE_SECONDS:
        what = f"If Neo4j hangs, its clients notice after {2 * seconds:,.0f} s (connection_keep_alive is {value})."
        yield Finding(PART, Level.WARNING, what, "Set server.bolt.connection_keep_alive=5s in neo4j.conf.")


def _heap(value: str | None) -> Iterator[Finding]:
    size = parse_bytes(value)
    if size and size < _LEAST_TRANSACTION_BYTES:
        what = (
            f"Neo4j's transactions may take {size / 1e6:,.0f} MB of heap together, which large writes may not fit in."
        )
        yield Finding(PART, Level.WARNING, what, "Set server.memory.heap.max_size to 1g or more.")


def _page_cache(value: str | None, ratings: int) -> Iterator[Finding]:
    size, needed = parse_bytes(value), ratings * _RATING_BYTES
    if size and size < needed:
        what = (
            f"Neo4j's page cache has {size / 1e6:,.0f} MB, and {ratings:,} ratings take about {needed / 1e6:,.0f} MB."
        )
        yield Finding(PART, Level.WARNING, what, f"Set server.memory.pagecache.size to {needed // 2**20 + 1}m or more.")


def parse_bytes(value: str | None) -> int | None:
    """A size as Neo4j writes it; None where it is none.

    >>> parse_bytes("358.40MiB"), parse_bytes("2g"), parse_bytes("0B"), parse_bytes(None)
    (375809638, 2147483648, 0, None)
    """
    found = re.fullmatch(r"([\d.]+)\s*([bkmgt]?)(?:i?b)?", (value or "").lower())
    return int(float(found[1]) * _UNITS[found[2] or "b"]) if found else None


def parse_seconds(value: str | None) -> float | None:
    """A duration as Neo4j writes it; None where it is none.

    >>> parse_seconds("5s"), parse_seconds("1m30s"), parse_seconds("250ms"), parse_seconds("")
    (5.0, 90.0, 0.25, None)
    """
    parts = re.findall(r"(\d+)(ms|s|m|h|d)", value or "")
    return sum(int(number) * _SECONDS[unit] for number, unit in parts) if parts else None
