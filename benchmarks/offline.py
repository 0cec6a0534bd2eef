"""Ratings into Neo4j by way of an SQLite graph and Neo4j's own import, while the server is stopped."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from benchmarks.bench import FULL_RATINGS, Bench, Subject
from benchmarks.ingest import LEAST_A_SECOND
from benchmarks.ingest_job import ingest_apart
from benchmarks.results import Figure, Findings, Target
from benchmarks.store import HEAP_MEGABYTES, PAGE_CACHE_MEGABYTES, STORES, empty_store
from services.ingest.transfer.exporting import export_graph
from services.ingest.transfer.neo4j_admin import ARGUMENTS
from shared.apart import Cost, Stopwatch, Tell
from shared.errors import MarqueeError
from shared.graph import open_graph
from shared.graph.neo4j import Neo4jGraph
from shared.local.neo4j import Neo4jServer
from shared.schema import RATED
from shared.settings import GraphSettings

RATINGS: Final = 3_000_000
_TIMEOUT_SECONDS: Final = 120.0


def do_export(tell: Tell, settings: GraphSettings, folder: Path) -> Cost:
    """Write a graph for `neo4j-admin`, as `marquee export` does."""
    watch = Stopwatch()
    with open_graph(settings) as graph:
        export_graph(graph, folder, "neo4j-admin", lambda kind, done: tell(done) if kind == RATED.type else None)
    return watch.cost()


def measure(bench: Bench, kind: str) -> Findings:
    """Each step and all of them, for two sizes: the starts of Neo4j's programs weigh less in the larger."""
    rows: list[dict[str, Figure]] = []
    targets = []
    for full_ratings in (RATINGS, FULL_RATINGS):
        shape, data = bench.data(full_ratings)
        seconds = 0.0
        for step, figures in _steps(bench, shape.ratings, data):
            rows.append({"ratings": shape.ratings, "step": step, **figures})
            seconds += float(figures["seconds"] or 0)
        rate = shape.ratings / seconds
        rows.append({"ratings": shape.ratings, "step": "all of it", "seconds": seconds, "ratings/s": round(rate)})
        work = f"{shape.ratings:,} ratings into {STORES[kind]}, first load while it is stopped"
        targets.append(Target.at_least(work, rate, LEAST_A_SECOND[kind], "ratings/s"))
    return Findings(rows, targets)


def _steps(bench: Bench, ratings: int, data: Path) -> Iterator[tuple[str, Mapping[str, Figure]]]:
    """What is done, and what it took.

    Raises:
        MarqueeError: not all ratings are there in the end.
    """
    with tempfile.TemporaryDirectory(prefix="marquee-bench-") as work, empty_store("sqlite") as store:
        files, home = Path(work) / "export", Path(work) / "neo4j"
        home.mkdir()
        neo4j = Neo4jServer(home, heap_megabytes=HEAP_MEGABYTES, page_cache_megabytes=PAGE_CACHE_MEGABYTES)
        ingested = ingest_apart(bench, store, data)
        yield "ingest into SQLite", ingested.figures(ingested.value.cost)
        with bench.step("export") as tell:
            exported = store.run(do_export, tell, files)
        yield "`marquee export`", exported.figures(exported.value)
        watch = Stopwatch()
        with bench.step("neo4j-admin"):
            neo4j.admin("database", "import", "full", "neo4j", f"@{ARGUMENTS}", folder=files)
        yield "`neo4j-admin database import`", {"seconds": watch.cost().seconds}
        watch = Stopwatch()
        with neo4j, _opened(neo4j) as graph:
            yield "start of the server", {"seconds": watch.cost().seconds}
            watch = Stopwatch()
            graph.prepare()
            yield "constraints", {"seconds": watch.cost().seconds}
            found = graph.check()
    if found.problems or found.edges[RATED.type] != ratings:
        raise MarqueeError(f"Of {ratings:,} ratings {found.edges[RATED.type]:,} are there. {found.problems}")


def _opened(server: Neo4jServer) -> Neo4jGraph:
    where = server.address
    return Neo4jGraph(where.url, user=where.user, password=where.password, timeout_seconds=_TIMEOUT_SECONDS)


SUBJECT: Final = Subject(
    "offline",
    "A first load into Neo4j while it is stopped",
    "The same data go into an SQLite graph by an ingest job, from there into files (`marquee export --format "
    "neo4j-admin`), and from these into the store of a stopped Neo4j (`neo4j-admin database import full`). Then the "
    "server is started, and Marquee makes its constraints. All steps count, the starts of "
    "Neo4j's two programs among them. The ingest is measured as above; the server's folder, which is empty but for "
    "its configuration and password, is made before.",
    ("neo4j",),
    measure,
)
