"""Ratings into Neo4j by way of an SQLite graph and Neo4j's own import, while the server is stopped."""

import tempfile
from pathlib import Path
from typing import Final

from benchmarks.bench import Bench, Subject
from benchmarks.ingest import LEAST_A_SECOND
from benchmarks.ingest_job import figures, ingest_apart
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
_START_SECONDS: Final = 600.0


def do_export(tell: Tell, settings: GraphSettings, folder: Path) -> Cost:
    """Write a graph for `neo4j-admin`, as `marquee export` does."""
    watch = Stopwatch()
    with open_graph(settings) as graph:
        export_graph(graph, folder, "neo4j-admin", lambda kind, done: tell(done) if kind == RATED.type else None)
    return watch.cost()


def measure(bench: Bench, kind: str) -> Findings:
    """Each step, and all of them."""
    shape, folder = bench.data(RATINGS)
    rows: list[dict[str, Figure]] = []
    with tempfile.TemporaryDirectory(prefix="marquee-bench-") as work, empty_store("sqlite") as store:
        files, home = Path(work) / "export", Path(work) / "neo4j"
        home.mkdir()
        server = Neo4jServer(home, heap_megabytes=HEAP_MEGABYTES, page_cache_megabytes=PAGE_CACHE_MEGABYTES)
        ingested = ingest_apart(bench, store, folder)
        rows.append({"step": "ingest into SQLite", **figures(shape.ratings, ingested)})
        with bench.step("export") as tell:
            exported = store.run(do_export, tell, files)
        rows.append({"step": "`marquee export`", **exported.figures(exported.value)})
        watch = Stopwatch()
        with bench.step("neo4j-admin"):
            server.admin("database", "import", "full", "neo4j", f"@{ARGUMENTS}", folder=files)
        rows.append({"step": "`neo4j-admin database import`", "seconds": watch.cost().seconds})
        watch = Stopwatch()
        with server:
            _prepare(server, shape.ratings)
            rows.append({"step": "server started, constraints made", "seconds": watch.cost().seconds})
    seconds = sum(float(row["seconds"] or 0) for row in rows)
    rate = shape.ratings / seconds
    rows.append({"step": "all of it", "ratings": shape.ratings, "ratings/s": round(rate), "seconds": seconds})
    work = f"ratings into {STORES[kind]}, first load, offline"
    return Findings(rows, [Target.at_least(work, rate, LEAST_A_SECOND[kind], "ratings/s")])


def _prepare(server: Neo4jServer, ratings: int) -> None:
    """What the first of Marquee's processes does.

    Raises:
        MarqueeError: not all of it is there.
    """
    address = server.address
    with Neo4jGraph(address.url, user=address.user, password=address.password, timeout_seconds=_START_SECONDS) as graph:
        graph.prepare()
        found = graph.check()
    if found.problems or found.edges[RATED.type] != ratings:
        raise MarqueeError(f"Of {ratings:,} ratings {found.edges[RATED.type]:,} are there. {found.problems}")


SUBJECT: Final = Subject(
    "offline",
    "A first load into Neo4j while it is stopped",
    "The same data go into an SQLite graph by an ingest job, from there into files (`marquee export --format "
    "neo4j-admin`), and from these into the store of a stopped Neo4j (`neo4j-admin database import full`). Then the "
    "server is started, and Marquee makes its constraints and counts what is there. All steps count, the starts of "
    "Neo4j's two programs among them. The ingest is measured as above; the server's folder, which is empty but for "
    "its configuration and password, is made before.",
    ("neo4j",),
    measure,
)
