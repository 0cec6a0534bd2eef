"""The work of an ingest job, from request to report."""

from collections.abc import Callable
from typing import Final

from services.ingest.dataset import Dataset
from services.ingest.load import load
from services.ingest.report import Report
from services.ingest.settings import IngestSettings
from services.ingest.sources import open_source
from services.ingest.write import Nowhere
from shared.errors import InvalidInputError
from shared.graph import Graph
from shared.jobs import IngestRequest, parse_request
from shared.work import JobContext, Outcome

STAGES: Final = {"fetch": 2.0, "check": 1.0, "movies": 1.0, "ratings": 10.0, "tags": 1.0}
"""What an ingest does, in order, with what part of the time each takes."""


def ingest(graph: Graph, settings: IngestSettings, context: JobContext) -> Outcome:
    """Bring the source that the job names into the graph; the outcome is the report (`services.ingest.report`).

    Raises:
        InvalidInputError: the source can't be used, or has faults and the request is strict. Nothing is written.
    """
    request = parse_request(IngestRequest, context.job.payload)
    with open_source(request, settings, lambda done: context.progress("fetch", done)) as dataset:
        now_ms = graph.now()
        if request.strict:
            _refuse_faults(request, dataset, lambda done: context.progress("check", done), now_ms)
        report = Report(request.source, dataset.form)
        load(dataset, graph, report, context.progress, now_ms=now_ms)
    graph.bump_revision()
    return Outcome(report.result())


def _refuse_faults(request: IngestRequest, dataset: Dataset, progress: Callable[[float], None], now_ms: int) -> None:
    """Read everything and write nothing."""

    def of_ratings(part: str, done: float) -> None:
        progress({"movies": 0.0, "ratings": done, "tags": 1.0}[part])

    report = Report(request.source, dataset.form)
    load(dataset, Nowhere(), report, of_ratings, now_ms=now_ms)
    if report.faults:
        raise InvalidInputError(
            f"{request.source} has {report.faults} faults and strict was asked for, so nothing was written: "
            f"{report.summary()}."
        )
