"""An empty graph to measure with: an SQLite file, or a Neo4j of one's own."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

from pydantic import SecretStr

from shared.apart import Apart, Tell, cpu_seconds, peak_bytes, run_apart
from shared.graph import open_graph
from shared.local.neo4j import Neo4jServer
from shared.settings import GraphSettings

T = TypeVar("T")
P = ParamSpec("P")

STORES: Final = {"sqlite": "SQLite", "neo4j": "Neo4j"}
"""Stores by their short names."""
HEAP_MEGABYTES: Final = 2_048
PAGE_CACHE_MEGABYTES: Final = 2_048  # holds all of 20 million ratings
_TIMEOUT_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Store:
    """A running store.

    Attributes:
        kind: its short name.
        settings: how it is reached.
        server: the process that serves it; None where it is a file.
    """

    kind: str
    settings: GraphSettings
    server: int | None

    @property
    def name(self) -> str:
        """Its name in tables."""
        return STORES[self.kind]

    def run(
        self, work: Callable[Concatenate[Tell, GraphSettings, P], T], tell: Tell, *args: P.args, **kwargs: P.kwargs
    ) -> Apart[T]:
        """`run_apart` of `work(tell, settings, ...)`, with what it took of the server."""
        before = cpu_seconds(self.server) if self.server else 0.0
        done = run_apart(work, tell, self.settings, *args, **kwargs)
        if self.server is None:
            return done
        return replace(
            done, server_peak_bytes=peak_bytes(self.server), server_cpu_seconds=cpu_seconds(self.server) - before
        )

    @property
    def environment(self) -> dict[str, str]:
        """The same settings for another program."""
        password = self.settings.graph_password
        return {
            "MARQUEE_GRAPH_URL": self.settings.graph_url,
            "MARQUEE_GRAPH_PASSWORD": password.get_secret_value() if password else "",
        }


@contextlib.contextmanager
def empty_store(kind: str) -> Iterator[Store]:
    """A store with an empty, prepared graph, until the context ends."""
    with contextlib.ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="marquee-bench-")))
        server = None
        if kind == "sqlite":
            settings = GraphSettings(graph_url=f"sqlite:{folder / 'bench.db'}", graph_timeout_seconds=_TIMEOUT_SECONDS)
        else:
            neo4j = parts.enter_context(
                Neo4jServer(folder, heap_megabytes=HEAP_MEGABYTES, page_cache_megabytes=PAGE_CACHE_MEGABYTES)
            )
            server = neo4j.process.popen.pid
            settings = GraphSettings(
                graph_url=neo4j.address.url,
                graph_user=neo4j.address.user,
                graph_password=SecretStr(neo4j.address.password),
                graph_timeout_seconds=_TIMEOUT_SECONDS,
            )
        with open_graph(settings) as graph:
            graph.prepare()
        yield Store(kind, settings, server)
