"""The work of an ingest job, from request to report."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Final

from services.ingest.clean.report import Report
from services.ingest.forms.dataset import Dataset
from services.ingest.load import load
from services.ingest.posters import POSTERS, add_posters
from services.ingest.settings import IngestSettings
from services.ingest.sources import open_source
from services.ingest.write import Nowhere, Watched
from shared.errors import InvalidInputError, LeaseLostError, MarqueeError, UnavailableError
from shared.graph import Graph
from shared.jobs import IngestRequest, parse_request
from shared.own_properties import Value, decode, read_declared
from shared.schema import MOVIE
from shared.work import JobContext, Outcome

STAGES: Final = {"fetch": 2.0, "check": 1.0, "movies": 1.0, "ratings": 10.0, "tags": 1.0}
"""What an ingest does, in order, with what part of the time each takes."""


def ingest(settings: IngestSettings, context: JobContext) -> Outcome:
    """Bring the source that the job names into the graph; the outcome is the report (`services.ingest.clean.report`).

    Raises:
        InvalidInputError: the source can't be used, or has faults and the request is strict. Nothing is written.
        MarqueeError: something else went wrong, or the job was cancelled. Where something was written before, the
            message says so.
    """
    request = parse_request(IngestRequest, context.job.payload)
    if request.source == POSTERS:
        return add_posters(settings, context)
    declared = read_declared(context.graph)
    with open_source(request, settings, lambda done: context.progress("fetch", done), declared) as dataset:
        now_ms = context.graph.now()
        if request.strict:
            _refuse_faults(request, dataset, lambda done: context.progress("check", done), now_ms)
        else:
            dataset.ratings.verify(lambda done: context.progress("check", done))
        report = Report(request.source, dataset.form)
        with _writing(context.graph) as writer:
            stored = _stored_properties(context.graph) if dataset.own else {}
            load(dataset, writer, report, context.progress, now_ms=now_ms, stored=stored)
    return Outcome(report.result())


def _stored_properties(graph: Graph) -> dict[str, dict[str, Value]]:
    """The own properties of each movie that has any."""
    table = graph.read_nodes(MOVIE, ["properties"])
    return {id_: decode(text) for id_, text in zip(table.keys, table.columns["properties"], strict=True) if text}


@contextlib.contextmanager
def _writing(graph: Graph) -> Iterator[Watched]:
    """Whatever ends the writing: readers are told that the graph has changed, and an error says what was written."""
    writer = Watched(graph)
    try:
        yield writer
    except LeaseLostError:
        raise  # who has taken the job over does it anew and tells; nothing more may be written here
    except BaseException as error:
        if writer.has_begun:
            if isinstance(error, MarqueeError):
                error.args = (
                    f"{error} {writer.ratings:,} ratings were written before that; running it again is safe.",
                )
            with contextlib.suppress(UnavailableError):
                graph.bump_revision()
        raise
    graph.bump_revision()


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
