"""A worker's part in a study: begin a trial, or one that a dead worker has left, do it; again, within the budget."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from services.trainer.tuning.objective import Objective, Result
from services.trainer.tuning.study import Distributions, again, nearest, suggest
from services.trainer.tuning.trials import Trial, Trials, TrialState
from shared.errors import MarqueeError
from shared.jobs import TuneRequest

_MOST_FAILURES: Final = 3  # in a row: then it is not the settings that are wrong
_MS_A_MINUTE: Final = 60_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Search:
    """One job's work on a study.

    Attributes:
        request: the seed, and how long to search.
        trials: of the study.
        objective: what a trial is.
        within: what may be suggested.
        started_at: when the job was first begun, by the store's clock: a kill does not prolong it.
        now: the store's clock, in milliseconds.
        on_step: told what part of the budget is used; what it raises ends the search.
    """

    request: TuneRequest
    trials: Trials
    objective: Objective
    within: Distributions
    started_at: int
    now: Callable[[], int]
    on_step: Callable[[float], None]

    def run(self) -> None:
        """Until the budget is used. Trials of others may still run then.

        Raises:
            Exception: what ended the default trial, or the last of several in a row.
        """
        failures = 0
        while (trial := self._next()) is not None:
            try:
                ended = self._do(trial)
                failures = 0
            except MarqueeError:
                raise
            except Exception as error:
                failures += 1
                what = f"{type(error).__name__}: {error}"
                log.exception("trial %d failed", trial.number)
                self.trials.end(trial, _failed(trial, what))
                if trial.number == 0 or failures == _MOST_FAILURES:
                    raise
            else:
                self.trials.end(trial, ended)
                log.info("trial %d: %s, %.4f", ended.number, ended.state, ended.value)

    def _next(self) -> Trial | None:
        """The next trial of this job: one to begin anew, or a new one. None: the budget is used."""
        while True:
            trials, is_over = self.trials.all(), self._is_over()
            found = self.trials.take_over(trials[:1] if is_over else trials)  # without the first nothing is compared
            if found is not None:
                return found
            number = len(trials)
            if number and (is_over or number >= (self.request.most_trials or math.inf)):
                return None
            begun = self.trials.begin(number, self._parameters(trials, number))
            if begun is not None:
                return begun

    def _parameters(self, trials: Sequence[Trial], number: int) -> dict[str, object] | None:
        """Of the first trial they are known at its end."""
        return dict(suggest(trials, self.within, self.request.seed, number).params) if number else None

    def _do(self, trial: Trial) -> Trial:
        started = time.monotonic()
        others = self.trials.all()
        done = sum(other.state is not TrialState.RUNNING for other in others)
        on_step = partial(self._tell, done)
        if trial.number == 0:
            result = self.objective.default(on_step)
            assert result.recipe is not None  # noqa: S101 - it is complete
            parameters = nearest(result.recipe, self.within)
        else:
            asked = again(others, trial, self.within)
            result = self.objective.run(asked, on_step, self._is_over)
            parameters = dict(asked.params)
        return _ended(trial, result, parameters, round(time.monotonic() - started, 3))

    def _tell(self, done: int, part: float) -> None:
        most = self.request.most_trials
        used = max((done + part) / most if most else 0.0, self._minutes_used() if self.request.minutes else 0.0)
        self.on_step(min(0.999, used))

    def _minutes_used(self) -> float:
        return (self.now() - self.started_at) / (_MS_A_MINUTE * (self.request.minutes or 1))

    def _is_over(self) -> bool:
        return self.request.minutes is not None and self._minutes_used() >= 1


def _ended(trial: Trial, result: Result, parameters: dict[str, object], seconds: float) -> Trial:
    return Trial(
        number=trial.number,
        state=result.state,
        parameters=parameters,
        value=result.value,
        recipe=result.recipe.as_json() if result.recipe else None,
        curve=result.curve,
        seconds=seconds,
    )


def _failed(trial: Trial, error: str) -> Trial:
    return Trial(number=trial.number, state=TrialState.FAILED, parameters=trial.parameters, error=error)
