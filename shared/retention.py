"""What is kept of ended jobs, of model versions and of receipts, and the job that removes the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.graph.port import Graph
from shared.job_records import Jobs
from shared.jobs import JobKind, JobState
from shared.models import KINDS_OF, RANKING
from shared.schema import JOB, JOB_LOG, MODEL_VERSION, RECEIPT, SERVES, TRIAL, NodeKind
from shared.work import JobContext, Outcome

STAGES: Final = {"jobs": 1.0, "versions": 1.0, "trials": 1.0, "receipts": 1.0}
"""What a clean-up does, in order, with what part of the time each takes."""
JOBS_KEPT_OF_EACH_KIND: Final = 100
"""So many of the newest jobs of each kind are kept, however old they are."""
_HOUR_MS: Final = 3_600 * 1_000
_DAY_MS: Final = 24 * _HOUR_MS
_RECEIPTS_AT_ONCE: Final = 20_000  # 100 bytes each; a tenth of a second of a Neo4j's time
# A job has 2 kB, a version with its page up to 1 MB: a fraction of a second, and some megabytes of a Neo4j's heap.
_REMOVED_AT_ONCE: Final = {JOB.label: 1_000, JOB_LOG.label: 100, MODEL_VERSION.label: 20, TRIAL.label: 1_000}


@dataclass(frozen=True, slots=True)
class Rule:
    """How much is kept.

    Attributes:
        jobs_days: so many days after its end a job may go, and a trial of a tuning after its beginning.
        versions: so many of the newest model versions of each pointer are kept, beside those that are served and those
            that have a slot.
    """

    jobs_days: float
    versions: int


def is_due(graph: Graph) -> bool:
    """Whether the last clean-up was asked for more than a day ago, or an hour if it failed, or none ever was."""
    for last in Jobs(graph).list(kind=JobKind.CLEAN_UP, limit=1):
        pause = _HOUR_MS if last.state is JobState.FAILED else _DAY_MS
        return last.created_at < graph.now() - pause
    return True


def clean_up(rule: Rule, context: JobContext) -> Outcome:
    """Remove what the rule does not keep. After a break the next delivery removes the rest, and counts that alone."""
    graph = context.graph
    jobs = _remove(context, "jobs", JOB, old_jobs(graph, rule))
    _remove(context, "jobs", JOB_LOG, old_logs(graph))
    versions = _remove(context, "versions", MODEL_VERSION, old_versions(graph, rule))
    trials = _remove(context, "trials", TRIAL, old_trials(graph, rule))
    receipts = _remove_receipts(context)
    counts = {"jobs": jobs, "versions": versions, "trials": trials, "receipts": receipts}
    return Outcome({"counts": {name: {"removed": count} for name, count in counts.items()}})


def old_jobs(graph: Graph, rule: Rule) -> list[str]:
    """Ids of the jobs that may go: ended long ago, and not among the newest of their kind."""
    table = graph.read_nodes(JOB, ["kind", "state", "createdAt", "finishedAt"])
    created_at, kinds = table.columns["createdAt"], table.columns["kind"].astype(str)
    ended_at = np.maximum(created_at, table.columns["finishedAt"])  # a missing end is before everything
    has_ended = np.isin(table.columns["state"].astype(str), [state.value for state in JobState if state.is_final])
    may_go = has_ended & (ended_at < graph.now() - rule.jobs_days * _DAY_MS)
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        may_go[rows[_newest_first(created_at[rows])[:JOBS_KEPT_OF_EACH_KIND]]] = False
    ids: list[str] = table.keys[may_go].tolist()
    return ids


def old_logs(graph: Graph) -> list[str]:
    """Keys of the logs' parts whose job is gone. Logs are read first: a job that comes meanwhile keeps its own."""
    parts = graph.read_nodes(JOB_LOG, ["jobId"])
    jobs = set(graph.read_nodes(JOB).keys.tolist())
    return [key for key, job_id in zip(parts.keys, parts.columns["jobId"], strict=True) if job_id not in jobs]


def old_versions(graph: Graph, rule: Rule) -> list[str]:
    """Names of the versions that may go: neither new, nor served, nor with vectors in a slot."""
    table = graph.read_nodes(MODEL_VERSION, ["slot", "pointer", "createdAt"])
    may_go = np.array([slot is None for slot in table.columns["slot"]], bool)
    of_pointer = np.array([pointer or RANKING for pointer in table.columns["pointer"]], str)
    for pointer in KINDS_OF:
        rows = np.flatnonzero(of_pointer == pointer)
        may_go[rows[_newest_first(table.columns["createdAt"][rows])[: rule.versions]]] = False
    served = {graph.read_pointer(SERVES, pointer) for pointer in KINDS_OF}  # last: what was activated meanwhile stays
    return [name for name in table.keys[may_go].tolist() if name not in served]


def old_trials(graph: Graph, rule: Rule) -> list[str]:
    """Ids of the trials that may go: begun long ago. Settings that became the default are kept apart from them."""
    table = graph.read_nodes(TRIAL, ["createdAt"])
    may_go = table.columns["createdAt"] < graph.now() - rule.jobs_days * _DAY_MS
    ids: list[str] = table.keys[may_go].tolist()
    return ids


def _remove_receipts(context: JobContext) -> int:
    """Remove those that are older than a day, which clients are promised; there may be many, so none is read."""
    before, removed = context.graph.now() - _DAY_MS, 0
    context.progress("receipts", 0.0)
    while count := context.graph.delete_before(RECEIPT, "at", before, _RECEIPTS_AT_ONCE):
        removed += count
    context.progress("receipts", 1.0)
    return removed


def _newest_first(times: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    return np.argsort(times, kind="stable")[::-1]


def _remove(context: JobContext, stage: str, kind: NodeKind, keys: Sequence[str]) -> int:
    """Remove nodes, a part at a time, and say how many there were."""
    removed = 0
    at_once = _REMOVED_AT_ONCE[kind.label]
    for start in range(0, len(keys), at_once):
        context.progress(stage, start / len(keys))
        removed += context.graph.delete_nodes(kind, keys[start : start + at_once])
    context.progress(stage, 1.0)
    return removed
