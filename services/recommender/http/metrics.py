"""The recommender's metrics, put together when Prometheus asks for them."""

import itertools
from collections.abc import Callable, Iterable
from functools import partial

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from services.recommender.context import Context
from services.recommender.http.watched import Requests
from services.recommender.scoring import batcher
from shared.errors import UnavailableError
from shared.watching.job_figures import graph_figures


def make_page(parts: Context, requests: Requests) -> Callable[[], bytes]:
    """What makes the page: to be called in a thread of its own, since it asks the graph for what only that knows."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(RecommenderMetrics(parts, requests))
    return partial(generate_latest, registry)


class RecommenderMetrics(Collector):
    """Reads the parts of a recommender, each time anew."""

    def __init__(self, parts: Context, requests: Requests) -> None:
        self._parts, self._requests = parts, requests

    def collect(self) -> Iterable[Metric]:
        """All there is."""
        return itertools.chain(self._of_requests(), self._of_memory(), self._of_version(), self._of_graph())

    def _of_requests(self) -> Iterable[Metric]:
        answered = CounterMetricFamily(
            "marquee_requests", "Requests that were answered.", labels=["route", "method", "status"]
        )
        seconds = HistogramMetricFamily(
            "marquee_request_seconds", "From a request's head to its answer's.", labels=["route", "method"]
        )
        for (route, method), figures in [*self._requests.of.items()]:
            for first, count in enumerate(figures.by_class):
                if count:
                    answered.add_metric([route, method, f"{first}xx"], count)
            seconds.add_metric([route, method], figures.seconds.buckets(), figures.seconds.sum)
        in_flight = GaugeMetricFamily("marquee_requests_in_flight", "Requests that are being answered.")
        in_flight.add_metric([], self._requests.in_flight)
        return answered, seconds, in_flight, _batches()

    def _of_memory(self) -> Iterable[Metric]:
        histories = self._parts.histories
        lookups = CounterMetricFamily(
            "marquee_history_lookups", "Of what users have done, in memory.", labels=["result"]
        )
        lookups.add_metric(["hit"], histories.hits)
        lookups.add_metric(["miss"], histories.lookups - histories.hits)
        users = GaugeMetricFamily("marquee_histories", "Users of whom something is remembered.")
        users.add_metric([], histories.users)
        taken = CounterMetricFamily("marquee_events_taken", "Events that this recommender has written.")
        taken.add_metric([], self._parts.events.taken)
        return lookups, users, taken

    def _of_version(self) -> Iterable[Metric]:
        ready = GaugeMetricFamily("marquee_ready", "Whether it can answer: 1, or 0 while it reads.")
        serving = self._parts.serving
        ready.add_metric([], float(serving.is_ready))
        yield ready
        info = InfoMetricFamily("marquee_served_version", "The model version that answers.", labels=["pointer"])
        since = GaugeMetricFamily(
            "marquee_served_version_created_timestamp_seconds", "When that version was made.", labels=["pointer"]
        )
        movies = GaugeMetricFamily("marquee_movies", "Movies that can be asked for.")
        if serving.is_ready:
            movies.add_metric([], len(serving.snapshot.catalogue.tails))
            if (model := serving.snapshot.model) is not None:
                info.add_metric([model.version.pointer], {"version": model.version.version})
                since.add_metric([model.version.pointer], model.version.created_at / 1_000)
        yield from (info, since, movies)

    def _of_graph(self) -> Iterable[Metric]:
        pulse = self._parts.watch.pulse
        silent = GaugeMetricFamily("marquee_graph_silent_seconds", "Since the graph last answered.")
        if (seconds := pulse.silent_seconds) is not None:
            silent.add_metric([], seconds)
        away = GaugeMetricFamily(
            "marquee_graph_away", "1 while the graph is taken to be away: answers come from memory."
        )
        away.add_metric([], float(pulse.is_away))
        if pulse.is_away:
            return [silent, away]
        try:
            return [silent, away, *graph_figures(self._parts.quick)]
        except UnavailableError:
            return [silent, away]


def _batches() -> Metric:
    """How many requests were scored together."""
    ends = [2**n for n in range(batcher.MAX_BATCH.bit_length())]
    counts = [*batcher.sizes]
    together = HistogramMetricFamily("marquee_scored_together", "Requests that were scored as one matrix product.")
    buckets = [(str(float(end)), float(sum(counts[: end + 1]))) for end in ends]
    total = sum(size * count for size, count in enumerate(counts))
    together.add_metric([], [*buckets, ("+Inf", float(sum(counts)))], total)
    return together
