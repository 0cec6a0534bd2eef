"""One trial: a training with the settings of the trial, judged on validation, and given up where it is hopeless."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import optuna
import torch

from services.trainer.data.fold import Fold
from services.trainer.families.linear import LinearFit
from services.trainer.families.start import Start, svd_start
from services.trainer.fitting.blend import select_blend
from services.trainer.fitting.selection import MAX_BLEND_USERS, MAX_USERS, Rungs, select_recipe, with_neighbours
from services.trainer.fitting.selection import Trial as Curve
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe
from services.trainer.tuning.trials import TrialState
from shared.errors import InvalidInputError
from shared.jobs import TrainRequest

OnStep = Callable[[float], None]
_TRAINING: Final = 0.8  # of a trial's time


class _PrunedError(Exception):
    """Ends a trial at a look."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a trial came to; the attributes are those of `Trial`. Of a pruned one there is no recipe."""

    state: TrialState
    value: float
    curve: Sequence[Mapping[str, float]]
    recipe: Recipe | None


@dataclass(eq=False, slots=True)
class Objective:
    """NDCG@20 on the validation fold of a model as it would be served: with the linear part, in families that have it.

    Attributes:
        fold: train → validation. The test fold never comes here.
        request: family, seed and threshold.
        base: the default recipe for this data.
        tuned: settings that trainings begin from today.
        device: where to train.
    """

    fold: Fold
    request: TrainRequest
    base: Recipe
    tuned: Mapping[str, Any]
    device: torch.device
    _starts: dict[int, Start] = field(default_factory=dict)
    _fits: LinearFit | None = None

    def default(self, on_step: OnStep) -> Result:
        """What a training of today would do, the trials of its own choosing included.

        Raises:
            InvalidInputError: nothing is held out, so no settings can be told from others.
        """
        found = select_recipe(self.fold, self.request, self.device, on_step, tuned=self.tuned)
        if not found.trials:
            raise InvalidInputError("No user has three likes, so settings can't be compared. Ingest more ratings.")
        temperature = found.recipe.temperature
        curve = next(trial["curve"] for trial in found.trials if trial["temperature"] == temperature)
        best = max(point["ndcg_at_20"] for point in curve)
        value = max((blend["ndcg_at_20"] for blend in found.blends), default=best)
        return Result(TrialState.COMPLETE, value, curve, found.recipe)

    def run(self, trial: optuna.trial.Trial, on_step: OnStep, is_over: Callable[[], bool]) -> Result:
        """A training with a trial's settings, to the end of its curve unless that lies below those of others.

        Args:
            trial: with the settings; it is told of each point of the curve.
            on_step: told what part is done, 0 to 1.
            is_over: whether the time for the study has run out.
        """
        recipe = with_neighbours(replace(self.base, **trial.params), self.fold.likes)

        def look(curve: Curve) -> None:
            trial.report(curve.curve[-1].ndcg, len(curve.curve) - 1)
            if trial.should_prune() or is_over():
                raise _PrunedError

        fold = self.fold.of_fewer_users(MAX_USERS)
        rungs = Rungs(fold, recipe, None, lambda done: on_step(_TRAINING * done), trials=1, on_look=look)
        curve = Curve(Training(fold.likes, recipe, self.device, self._start(recipe)))
        try:
            rungs.all(curve)
        except _PrunedError:
            return Result(TrialState.PRUNED, curve.best().ndcg, curve.as_json()["curve"], None)
        recipe = replace(recipe, epochs=curve.best().epoch)
        value = curve.best().ndcg
        if recipe.linear_rank and curve.model:
            recipe, blends = select_blend(
                fold.of_fewer_users(MAX_BLEND_USERS),
                curve.model,
                recipe,
                lambda done: on_step(_TRAINING + (1 - _TRAINING) * done),
                fits=self._linear_fits(recipe),
            )
            value = max(blend.ndcg for blend in blends)
        return Result(TrialState.COMPLETE, value, curve.as_json()["curve"], recipe)

    def _start(self, recipe: Recipe) -> Start:
        """The same for all trials of a width."""
        if recipe.width not in self._starts:
            self._starts[recipe.width] = svd_start(self.fold.likes, recipe.width, recipe.seed)
        return self._starts[recipe.width]

    def _linear_fits(self, recipe: Recipe) -> LinearFit:
        """The same for all trials: the linear part goes by the likes alone."""
        if self._fits is None:
            self._fits = LinearFit(self.fold.likes, recipe.linear_rank, recipe.seed)
        return self._fits
