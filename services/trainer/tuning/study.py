"""The study as Optuna sees it: made anew in memory from the trials in the graph, each time that it is asked.

Rebuilding one of a thousand trials takes a fraction of a second, a trial seconds at the least; and what Optuna keeps
of a study itself would be a second database beside the graph. See docs/decisions/0017-tuning.md.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import FrozenTrial, create_trial

from services.trainer.families.space import Between, OneOf, Space, TimesDefault
from services.trainer.recipe import Recipe
from services.trainer.tuning.trials import Trial, TrialState

_STARTUP_TRIALS: Final = 8  # at random, before TPE has something to go by
_PRUNED_BESIDE: Final = 4  # trials before one can be pruned
_FIRST_LOOKS: Final = 2  # at which none is pruned: a high temperature or a low learning rate begins slowly
_STATES: Final = {
    TrialState.COMPLETE: optuna.trial.TrialState.COMPLETE,
    TrialState.PRUNED: optuna.trial.TrialState.PRUNED,
    TrialState.RUNNING: optuna.trial.TrialState.RUNNING,
}
_LEAST_FOR_IMPORTANCE: Final = 4  # complete trials

Distributions = Mapping[str, BaseDistribution]


def distributions(space: Space, base: Recipe) -> dict[str, BaseDistribution]:
    """What Optuna may suggest of each setting, for data for which `base` is the default."""
    found: dict[str, BaseDistribution] = {}
    for name, part in sorted(space.items()):
        match part:
            case Between(low, high, by_magnitude):
                found[name] = FloatDistribution(low, high, log=by_magnitude)
            case OneOf(values):
                found[name] = CategoricalDistribution(values)
            case TimesDefault(factors):
                found[name] = CategoricalDistribution([max(1, round(getattr(base, name) * f)) for f in factors])
    return found


def nearest(recipe: Recipe, within: Distributions) -> dict[str, Any]:
    """A recipe's settings that are searched, each the nearest that may be suggested."""
    found: dict[str, Any] = {}
    for name, distribution in within.items():
        value = getattr(recipe, name)
        if isinstance(distribution, FloatDistribution):
            found[name] = min(max(float(value), distribution.low), distribution.high)
        elif isinstance(distribution, CategoricalDistribution):
            found[name] = min(distribution.choices, key=lambda choice: abs(float(choice or 0) - value))
    return found


def suggest(trials: Sequence[Trial], within: Distributions, seed: int, number: int) -> optuna.trial.Trial:
    """What to try as trial `number`, given those that there are.

    Those that run count as well: TPE keeps away from them, so workers on one study don't try the same. What is random
    depends on the seed and the number alone.
    """
    sampler = optuna.samplers.TPESampler(
        seed=seed * 100_003 + number, multivariate=True, n_startup_trials=_STARTUP_TRIALS
    )
    return _rebuilt(trials, within, sampler).ask(dict(within))


def again(trials: Sequence[Trial], trial: Trial, within: Distributions) -> optuna.trial.Trial:
    """A trial that is begun anew, with the parameters that were suggested for it."""
    study = _rebuilt([other for other in trials if other.number != trial.number], within)
    study.enqueue_trial(dict(trial.parameters or {}))
    return study.ask(dict(within))


def importances(trials: Sequence[Trial], within: Distributions) -> dict[str, float]:
    """How much of the differences between complete trials each setting explains, by fANOVA; they add up to 1.

    Hutter, Hoos and Leyton-Brown, ICML 2014. Empty where there are too few trials, or all came out the same.
    """
    complete = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    if len(complete) < _LEAST_FOR_IMPORTANCE or len({trial.value for trial in complete}) == 1:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    found = optuna.importance.get_param_importances(_rebuilt(complete, within), evaluator=evaluator)
    return {name: float(part) for name, part in found.items()}


def _rebuilt(
    trials: Sequence[Trial], within: Distributions, sampler: optuna.samplers.BaseSampler | None = None
) -> optuna.Study:
    _log_as_we_do()
    pruner = optuna.pruners.MedianPruner(n_startup_trials=_PRUNED_BESIDE, n_warmup_steps=_FIRST_LOOKS)
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    study.add_trials([_frozen(trial, within) for trial in trials if trial.state in _STATES and trial.parameters])
    return study


def _frozen(trial: Trial, within: Distributions) -> FrozenTrial:
    return create_trial(
        state=_STATES[trial.state],
        value=trial.value,
        params=dict(trial.parameters or {}),
        distributions=dict(within),
        intermediate_values={look: point["ndcg_at_20"] for look, point in enumerate(trial.curve)},
    )


def _log_as_we_do() -> None:
    """Optuna's own handler writes to stderr, whatever a worker's logging says."""
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()
    optuna.logging.set_verbosity(logging.WARNING)
