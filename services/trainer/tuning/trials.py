"""Trials of a study as records in the graph: begun, taken over, ended.

They are all that is kept of a study, so it outlives its workers and whatever the queue forgets. A trial that runs is
its job's for as long as that job's lease lasts; then another worker of the study begins it anew.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from shared.graph.port import Graph, Record
from shared.job_records import Jobs
from shared.jobs import Job, JobState
from shared.schema import TRIAL

_MOST: Final = 10_000
_MOST_ATTEMPTS: Final = 3  # a trial that has ended so many workers would end the next, too: memory, most likely
_DEAD_WORKERS: Final = f"{_MOST_ATTEMPTS} workers died or stopped while they were at it."


class TrialState(StrEnum):
    """How far a trial came."""

    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"  # its curve lay below those of others, or the time was over
    FAILED = "failed"

    @property
    def has_value(self) -> bool:
        """Whether others can learn from it."""
        return self in (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings that were tried.

    Attributes:
        number: from 0, which is the default settings.
        state: how far it came.
        parameters: the settings that are searched; none while the default ones are being chosen.
        value: NDCG@20 on validation, the larger the better: of the model as it would be served, and of a pruned trial
            the best that it had reached.
        recipe: all settings, with those that the trial has chosen itself; of a complete trial alone.
        curve: a point a look, as in the report of a training.
        seconds: how long it took.
        error: what ended a failed one, in words.
        job_id: who is at it, or was.
        fence: of the job then.
        attempts: how often it was begun.
    """

    number: int
    state: TrialState = TrialState.RUNNING
    parameters: Mapping[str, Any] | None = None
    value: float | None = None
    recipe: Mapping[str, Any] | None = None
    curve: Sequence[Mapping[str, float]] = ()
    seconds: float | None = None
    error: str | None = None
    job_id: str = ""
    fence: int = 0
    attempts: int = 1

    @classmethod
    def from_record(cls, record: Record) -> "Trial":
        """The trial that a `Trial` node describes."""
        return cls(
            number=record["number"],
            state=TrialState(record["state"]),
            parameters=json.loads(record["parameters"]) if record["parameters"] else None,
            value=record["value"],
            recipe=json.loads(record["recipe"]) if record["recipe"] else None,
            curve=json.loads(record["curve"]) if record["curve"] else (),
            seconds=record["seconds"],
            error=record["error"],
            job_id=record["jobId"],
            fence=record["fence"],
            attempts=record["attempts"],
        )

    def as_json(self) -> dict[str, Any]:
        """As it stands in the result of a tuning: without the curve, since lists of jobs have their results."""
        return {
            "number": self.number,
            "state": self.state.value,
            "value": self.value,
            "parameters": dict(self.parameters or {}),
            "seconds": self.seconds,
            "error": self.error,
        }


class Trials:
    """The trials of one study, for one job that works on it. `graph` takes writes only while the job is held."""

    def __init__(self, graph: Graph, study_id: str, job: Job) -> None:
        self._graph = graph
        self._study_id = study_id
        self._job = job

    def all(self) -> list[Trial]:
        """In the order of their numbers."""
        records = self._graph.find_records(TRIAL, {"studyId": self._study_id}, limit=_MOST)
        return sorted((Trial.from_record(record) for record in records), key=lambda trial: trial.number)

    def begin(self, number: int, parameters: Mapping[str, Any] | None) -> Trial | None:
        """Make a trial of this number and be the one who does it; None: another has made one of it meanwhile."""
        record: Record = {
            "trialId": self._key(number),
            "studyId": self._study_id,
            "number": number,
            "state": TrialState.RUNNING.value,
            "parameters": _json(parameters),
            "jobId": self._job.job_id,
            "fence": self._job.fence,
            "attempts": 1,
            "createdAt": self._graph.now(),
        }
        return Trial.from_record(self._read(number)) if self._graph.create_record(TRIAL, record) else None

    def take_over(self, trials: Sequence[Trial]) -> Trial | None:
        """One of `trials` that nobody is at any more, to be begun anew; None: there is none."""
        for trial in trials:
            if trial.state is not TrialState.RUNNING or self.is_held(trial):
                continue
            changes: Record = {"jobId": self._job.job_id, "fence": self._job.fence, "attempts": trial.attempts + 1}
            if trial.attempts >= _MOST_ATTEMPTS:
                changes = {"state": TrialState.FAILED.value, "error": _DEAD_WORKERS, "finishedAt": self._graph.now()}
            if self._update(trial, changes) and trial.attempts < _MOST_ATTEMPTS:
                return Trial.from_record(self._read(trial.number))
        return None

    def is_held(self, trial: Trial) -> bool:
        """Whether a job other than this one is at a trial, and its worker lives as far as one knows."""
        job = Jobs(self._graph).find(trial.job_id)
        return (
            job is not None
            and job.job_id != self._job.job_id
            and (job.state, job.fence) == (JobState.RUNNING, trial.fence)
            and job.lease_until > self._graph.now()
        )

    def end(self, begun: Trial, ended: Trial) -> None:
        """Write down what came of a trial, unless another has taken it over."""
        changes: Record = {
            "state": ended.state.value,
            "parameters": _json(ended.parameters),
            "value": ended.value,
            "recipe": _json(ended.recipe),
            "curve": _json(ended.curve),
            "seconds": ended.seconds,
            "error": ended.error,
            "finishedAt": self._graph.now(),
        }
        self._update(begun, changes)

    def _update(self, trial: Trial, changes: Record) -> bool:
        expected = {"state": trial.state.value, "jobId": trial.job_id, "fence": trial.fence}
        return self._graph.update_record(TRIAL, self._key(trial.number), changes, expected=expected)

    def _read(self, number: int) -> Record:
        record = self._graph.read_record(TRIAL, self._key(number))
        assert record is not None  # noqa: S101 - trials of a study at work are not removed
        return record

    def _key(self, number: int) -> str:
        return f"{self._study_id}-{number}"


def _json(value: Mapping[str, Any] | Sequence[Any] | None) -> str | None:
    return json.dumps(value) if value is not None else None
