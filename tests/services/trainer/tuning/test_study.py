"""What Optuna is told of a study, and what it says: on trials whose answer is known by construction."""

import math

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution

from services.trainer.families.space import Between, OneOf, Space, TimesDefault
from services.trainer.recipe import Recipe
from services.trainer.tuning.study import again, distributions, importances, nearest, suggest
from services.trainer.tuning.trials import Trial, TrialState

WITHIN = distributions(
    {"temperature": Between(0.05, 0.5, by_magnitude=True), "keep": Between(0.5, 1.0), "layers": OneOf((1, 2, 3))},
    Recipe(),
)


def score(parameters: dict[str, float]) -> float:
    """The temperature alone matters, and .2 is best."""
    return 0.5 - abs(math.log(parameters["temperature"] / 0.2))


def tried(count: int) -> list[Trial]:
    """So many trials, one after the other, as a worker has them suggested."""
    trials: list[Trial] = []
    for number in range(count):
        parameters = dict(suggest(trials, WITHIN, 0, number).params)
        trials.append(Trial(number, TrialState.COMPLETE, parameters, score(parameters)))
    return trials


@pytest.fixture(scope="module")
def trials() -> list[Trial]:
    return tried(30)


def test_a_space_becomes_distributions_around_the_default_for_the_data() -> None:
    space: Space = {"keep": Between(0.5, 1.0), "batch_users": TimesDefault((0.5, 1, 2)), "layers": OneOf((1, 2))}

    found = distributions(space, Recipe(batch_users=64))

    assert found == {
        "batch_users": CategoricalDistribution((32, 64, 128)),
        "keep": FloatDistribution(0.5, 1.0),
        "layers": CategoricalDistribution((1, 2)),
    }


def test_settings_outside_of_the_space_become_the_nearest_within() -> None:
    assert nearest(Recipe(temperature=0.01, keep=0.75, layers=9), WITHIN) == {
        "temperature": 0.05,
        "keep": 0.75,
        "layers": 3,
    }


def test_the_best_temperature_is_found(trials: list[Trial]) -> None:
    best = max(trials, key=lambda trial: trial.value or 0.0)

    assert best.parameters is not None
    assert best.parameters["temperature"] == pytest.approx(0.2, rel=0.1)
    late = [score(dict(trial.parameters or {})) for trial in trials[15:]]
    early = [score(dict(trial.parameters or {})) for trial in trials[:8]]
    assert sum(late) / len(late) > sum(early) / len(early), "later ones are nearer to it than those at random"


def test_what_matters_is_said(trials: list[Trial]) -> None:
    found = importances(trials, WITHIN)

    assert set(found) == {"temperature", "keep", "layers"}
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["temperature"] > 0.8


def test_of_too_few_trials_or_of_equal_ones_nothing_is_said(trials: list[Trial]) -> None:
    equal = [Trial(n, TrialState.COMPLETE, trials[n].parameters, 0.5) for n in range(6)]

    assert importances(trials[:3], WITHIN) == {}
    assert importances(equal, WITHIN) == {}


def test_a_number_and_the_trials_before_it_decide_what_is_suggested(trials: list[Trial]) -> None:
    first, again_, other = (suggest(trials[:12], WITHIN, 0, number).params for number in (12, 12, 13))

    assert first == again_
    assert first != other
    assert suggest(trials[:12], WITHIN, 1, 12).params != first


def test_a_trial_that_is_begun_anew_keeps_its_settings(trials: list[Trial]) -> None:
    left = Trial(30, TrialState.RUNNING, {"temperature": 0.0625, "keep": 0.625, "layers": 1})

    assert again([*trials, left], left, WITHIN).params == left.parameters


def curve(*ndcgs: float) -> list[dict[str, float]]:
    return [{"ndcg_at_20": ndcg} for ndcg in ndcgs]


@pytest.mark.parametrize(("reached", "hopeless"), [(0.1, True), (0.35, False)])
def test_a_curve_below_the_median_of_the_others_is_hopeless_from_the_third_look_on(
    reached: float, *, hopeless: bool
) -> None:
    parameters = {"temperature": 0.2, "keep": 0.8, "layers": 2}
    others = [Trial(n, TrialState.COMPLETE, parameters, 0.4, curve=curve(0.2, 0.3, 0.3 + n / 100)) for n in range(4)]
    trial = again(others, Trial(4, parameters=parameters), WITHIN)

    said = []
    for look in range(3):
        trial.report(reached, look)
        said.append(trial.should_prune())

    assert said == [False, False, hopeless]
