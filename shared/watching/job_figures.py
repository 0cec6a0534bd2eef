"""Figures of the whole installation that only the graph knows: jobs that wait and run, events that were taken.

Every process that looks tells the same, so that they are there whichever runs: ask for the `max`, not the `sum`.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from shared.graph.port import Graph, Record
from shared.graph.state import STATE_KEY
from shared.jobs import JobKind, JobState
from shared.schema import CHANGE, GRAPH_STATE, JOB

MOST_JOBS: Final = 1_000
"""Of each state that are looked at, the newest: what is counted does not grow beyond."""


def graph_figures(graph: Graph) -> list[Metric]:
    """The figures, by a handful of small reads.

    Raises:
        UnavailableError: the store does not answer.
    """
    now = graph.now()
    waiting, running = (_jobs(graph, state) for state in (JobState.QUEUED, JobState.RUNNING))
    state = graph.read_record(GRAPH_STATE, STATE_KEY) or {}
    newest = graph.find_records(CHANGE, newest_by="at", limit=1)
    events = CounterMetricFamily("marquee_events", "Events that were ever taken, by all recommenders.")
    events.add_metric([], state.get("eventCount") or 0)
    since = GaugeMetricFamily("marquee_newest_event_timestamp_seconds", "When users' relationships were last changed.")
    if newest:
        since.add_metric([], newest[0]["at"] / 1_000)
    looked = GaugeMetricFamily("marquee_graph_looked_timestamp_seconds", "When this process last read these figures.")
    looked.add_metric([], now / 1_000)
    return [*_waiting(waiting, now), *_running(running, now), events, since, looked]


def _jobs(graph: Graph, state: JobState) -> Sequence[Record]:
    return graph.find_records(JOB, {"state": state.value}, newest_by="createdAt", limit=MOST_JOBS)


def _by_kind(jobs: Iterable[Record]) -> dict[str, list[Record]]:
    """All kinds, those without jobs, too: a queue that is empty is not a queue that nobody knows of."""
    found: dict[str, list[Record]] = {kind.value: [] for kind in JobKind}
    for job in jobs:
        found.setdefault(job["kind"], []).append(job)
    return found


def _waiting(jobs: Sequence[Record], now: int) -> Iterable[Metric]:
    length = GaugeMetricFamily("marquee_jobs_waiting", f"Jobs that wait, {MOST_JOBS:,} at most.", labels=["kind"])
    age = GaugeMetricFamily(
        "marquee_job_oldest_waiting_seconds", "Since the oldest one was asked for.", labels=["kind"]
    )
    for kind, found in _by_kind(jobs).items():
        length.add_metric([kind], len(found))
        age.add_metric([kind], max(((now - job["createdAt"]) / 1_000 for job in found), default=0.0))
    return length, age


def _running(jobs: Sequence[Record], now: int) -> Iterable[Metric]:
    number = GaugeMetricFamily("marquee_jobs_running", "Jobs that run.", labels=["kind"])
    progress = GaugeMetricFamily(
        "marquee_job_progress_ratio", "Of the job that has run longest, 0 to 1.", labels=["kind"]
    )
    silent = GaugeMetricFamily(
        "marquee_job_lease_overdue_seconds", "Of the running job whose lease ended first; 0 where none has.",
        labels=["kind"],
    )  # fmt: skip
    for kind, found in _by_kind(jobs).items():
        number.add_metric([kind], len(found))
        overdue = ((now - (job["leaseUntil"] or now)) / 1_000 for job in found)
        silent.add_metric([kind], max(0.0, *overdue, 0.0))
        if found:
            longest = min(found, key=lambda job: job["startedAt"] or now)
            progress.add_metric([kind], longest["progress"] or 0.0)
    return number, progress, silent
