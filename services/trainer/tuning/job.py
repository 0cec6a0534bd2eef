"""The work of a tuning job: read, search, and let the gate decide whether the best settings become the default."""

import hashlib
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import Any, Final

import torch

from services.trainer.data.interactions import read_interactions
from services.trainer.data.split import Split, split
from services.trainer.evaluation.gate import PASSED
from services.trainer.families.registry import FAMILIES
from services.trainer.fitting.selection import default_recipe
from services.trainer.recipe import Recipe
from services.trainer.tuning.default import find_usable
from services.trainer.tuning.objective import Objective
from services.trainer.tuning.search import Search
from services.trainer.tuning.study import Distributions, distributions, importances
from services.trainer.tuning.trials import Trial, Trials, TrialState
from services.trainer.tuning.verdict import find_default, judge_best
from shared.errors import InvalidInputError
from shared.jobs import JobState, TrainRequest, TuneRequest, parse_request
from shared.tuning import TunedSettings, keep_tuned
from shared.work import JobContext, Outcome

UNCHANGED: Final = "unchanged"
"""The verdict where the settings that trainings begin from today are the best of all that were tried."""
UNFINISHED: Final = "unfinished"
"""The verdict of a worker that was ready before others of its study were: the last of them asks the gate."""


def tune(device: torch.device, context: JobContext) -> Outcome:
    """Search settings for what the graph holds.

    A job that is delivered again goes on with the study: trials that have ended stay, the one in hand begins anew.

    Raises:
        InvalidInputError: there is too little to learn from, or to compare settings by.
    """
    request = parse_request(TuneRequest, context.job.payload)
    data = read_interactions(context.graph, lambda done: context.progress("read", 0.9 * done))
    parts = split(data, request.like_threshold, lambda _: context.progress("read", 1.0))
    return tune_split(parts, data.fingerprint, device, context)


def tune_split(parts: Split, fingerprint: str, device: torch.device, context: JobContext) -> Outcome:
    """Search settings on a split; `fingerprint` tells its data from all others.

    Raises:
        InvalidInputError: there is too little to learn from, or to compare settings by.
    """
    request = parse_request(TuneRequest, context.job.payload)
    if not len(parts.select.likes):
        raise InvalidInputError(
            "There are no likes to train on: no rating reaches the threshold, or there are too few."
        )
    asked = TrainRequest(family=request.family, seed=request.seed, like_threshold=request.like_threshold)
    base = default_recipe(parts.select.likes, asked)
    within = distributions(FAMILIES[request.family].space, base)
    tuned = find_usable(context.graph, request.family, request.like_threshold)
    objective = Objective(parts.select, asked, base, tuned.settings if tuned else {}, device)
    study = study_id(request, fingerprint)
    trials = Trials(context.graph, study, context.job)
    started_at = context.job.started_at or context.graph.now()
    on_step = partial(context.progress, "search")
    Search(request, trials, objective, within, started_at, context.graph.now, on_step).run()
    return _Ending(context, request, parts, device, study, trials, within).do()


def study_id(request: TuneRequest, fingerprint: str) -> str:
    """One study for each family, seed, threshold, name and data, and for each version of Marquee."""
    parts = (metadata.version("marquee"), fingerprint, request.seed, request.like_threshold, request.study)
    return f"{request.family}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:12]}"


def fingerprint_of(parts: Split) -> str:
    """SHA-256 over the likes of a split that was made beforehand: its data are the same if this is."""
    digest = hashlib.sha256()
    for lists in (parts.select.likes, parts.select.held_out, parts.final.held_out):
        digest.update(lists.users().tobytes() + lists.movies.tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Ending:
    """What comes after the last trial."""

    context: JobContext
    request: TuneRequest
    parts: Split
    device: torch.device
    study: str
    trials: Trials
    within: Distributions

    def do(self) -> Outcome:
        """Ask the gate, unless there is nothing to ask, or somebody who is not ready yet will."""
        trials = self.trials.all()
        if any(trial.state is TrialState.RUNNING and self.trials.is_held(trial) for trial in trials):
            return self._outcome(trials, {"verdict": UNFINISHED, "reasons": ["Other workers' trials still run."]})
        if trials[0].state is not TrialState.COMPLETE:
            raise InvalidInputError(f"The trial of the default settings {trials[0].state}: {trials[0].error}")
        best = best_of(trials)
        tuned = find_usable(self.context.graph, self.request.family, self.request.like_threshold)
        settings = tuned.settings if tuned else trials[0].parameters
        if best.parameters == settings:
            why = f"Trial {best.number}, the best on validation, has the settings from which trainings begin today."
            return self._outcome(trials, {"verdict": UNCHANGED, "reasons": [why]})
        recipe = Recipe.from_json(best.recipe or {})
        on_step = partial(self.context.progress, "gate")
        verdict = judge_best(self.parts.final, recipe, find_default(trials[0], tuned), self.device, on_step)
        if verdict["verdict"] == PASSED:
            keep_tuned(self.context.graph, self._tuned(best))
        return self._outcome(trials, verdict)

    def _tuned(self, best: Trial) -> TunedSettings:
        return TunedSettings(
            family=self.request.family,
            like_threshold=self.request.like_threshold,
            settings=best.parameters or {},
            recipe=best.recipe or {},
            study=self.study,
            trial=best.number,
            job_id=self.context.job.job_id,
            created_at=self.context.graph.now(),
        )

    def _outcome(self, trials: list[Trial], verdict: dict[str, Any]) -> Outcome:
        """For people, programs and plots: the verdict, the best trial, all trials, and what mattered."""
        result = {
            "study": self.study,
            **verdict,
            "best_trial": best_of(trials).number,
            "importances": importances(trials, self.within),
            "trials": [trial.as_json() for trial in trials],
        }
        is_refused = verdict["verdict"] not in (PASSED, UNCHANGED, UNFINISHED)
        return Outcome(result, JobState.REJECTED if is_refused else JobState.SUCCEEDED)


def best_of(trials: list[Trial]) -> Trial:
    """The complete trial with the largest value; of equal ones the first.

    Raises:
        InvalidInputError: none is complete.
    """
    complete = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    if not complete:
        raise InvalidInputError("No trial was completed in the time; allow more minutes.")
    return max(complete, key=lambda trial: (trial.value or 0.0, -trial.number))
