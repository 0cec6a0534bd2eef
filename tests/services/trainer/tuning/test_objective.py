"""Real trials on the planted blocks."""

from dataclasses import replace

import pytest
import torch

from services.trainer.data.interactions import Interactions
from services.trainer.data.split import split
from services.trainer.families.inductive import InductiveEncoder
from services.trainer.fitting.selection import default_recipe
from services.trainer.tuning.objective import Objective
from services.trainer.tuning.study import again, distributions, nearest
from services.trainer.tuning.trials import Trial, TrialState
from shared.errors import InvalidInputError
from shared.jobs import TrainRequest

pytestmark = pytest.mark.slow
REQUEST = TrainRequest(temperature=0.2, width=64, linear_rank=16)


def never() -> bool:
    return False


@pytest.fixture
def objective(data: Interactions) -> Objective:
    fold = split(data, 4.0).select
    return Objective(fold, REQUEST, default_recipe(fold.likes, REQUEST), {}, torch.device("cpu"))


def test_a_trial_of_the_default_settings_comes_to_what_the_default_trial_does(objective: Objective) -> None:
    within = distributions(InductiveEncoder.space, objective.base)
    default = objective.default(lambda _: None)
    assert default.recipe is not None
    told: list[float] = []
    trial = again([], Trial(1, parameters=nearest(default.recipe, within)), within)

    found = objective.run(trial, told.append, never)

    assert (found.state, found.value, found.recipe) == (TrialState.COMPLETE, default.value, default.recipe)
    ndcgs = [[point["ndcg_at_20"] for point in result.curve] for result in (found, default)]
    assert ndcgs[0] == ndcgs[1]
    assert found.value >= max(ndcgs[0]), "the linear part is beside it where that makes it better"
    assert told == sorted(told)


def test_a_hopeless_trial_ends_at_its_third_look(objective: Objective) -> None:
    within = distributions(InductiveEncoder.space, objective.base)
    parameters = nearest(objective.base, within)
    unreachable = [{"ndcg_at_20": 2.0}] * 20
    others = [Trial(n, TrialState.COMPLETE, parameters, 2.0, curve=unreachable) for n in range(4)]

    found = objective.run(again(others, Trial(4, parameters=parameters), within), lambda _: None, never)

    assert (found.state, len(found.curve), found.recipe) == (TrialState.PRUNED, 3, None)
    assert found.value == max(point["ndcg_at_20"] for point in found.curve)


def test_a_trial_ends_at_its_next_look_when_the_time_is_over(objective: Objective) -> None:
    within = distributions(InductiveEncoder.space, objective.base)
    trial = again([], Trial(1, parameters=nearest(objective.base, within)), within)

    found = objective.run(trial, lambda _: None, lambda: True)

    assert (found.state, len(found.curve)) == (TrialState.PRUNED, 1)


def test_where_nothing_is_held_out_settings_cannot_be_compared(objective: Objective) -> None:
    fold = replace(objective.fold, held_out=objective.fold.held_out.keep(objective.fold.held_out.movies < 0))
    nothing = Objective(fold, REQUEST, objective.base, {}, objective.device)

    with pytest.raises(InvalidInputError, match="settings can't be compared"):
        nothing.default(lambda _: None)
