import numpy as np
import pytest
import torch

from services.trainer.data.fold import Fold
from services.trainer.data.interactions import Interactions
from services.trainer.data.lists import UserLists
from services.trainer.data.split import split
from services.trainer.fitting.selection import TEMPERATURES, Selection, select_recipe
from shared.errors import InvalidInputError
from shared.jobs import TrainRequest

CPU = torch.device("cpu")
EMPTY = np.empty(0, np.int64)


@pytest.fixture
def fold(data: Interactions) -> Fold:
    return split(data, 4.0).select


@pytest.mark.slow
def test_temperatures_are_tried_and_the_best_point_of_the_best_curve_is_chosen(fold: Fold) -> None:
    told: list[float] = []

    chosen = select_recipe(fold, TrainRequest(width=8), CPU, told.append)

    tried = [trial["temperature"] for trial in chosen.trials]
    assert len(tried) >= 3
    assert tried == list(TEMPERATURES[: len(tried)])
    best = max((p["ndcg_at_20"], t["temperature"], p["epoch"]) for t in chosen.trials for p in t["curve"])
    assert best[0] == max(
        p["ndcg_at_20"]
        for t in chosen.trials
        if t["temperature"] == chosen.recipe.temperature
        for p in t["curve"]
        if p["epoch"] == chosen.recipe.epochs
    )
    assert told == sorted(told)
    assert told[-1] <= 1.0


def test_what_the_request_names_is_not_tried(fold: Fold) -> None:
    chosen = select_recipe(fold, TrainRequest(width=8, temperature=0.3, epochs=2, linear_rank=0, seed=5), CPU)

    assert chosen.trials == []
    assert (chosen.recipe.width, chosen.recipe.temperature, chosen.recipe.epochs) == (8, 0.3, 2)
    assert chosen.recipe.seed == 5


def test_epochs_alone_are_chosen_where_the_temperature_is_named(fold: Fold) -> None:
    chosen = select_recipe(fold, TrainRequest(width=8, temperature=0.3), CPU)

    assert [trial["temperature"] for trial in chosen.trials] == [0.3]
    assert chosen.recipe.epochs in {point["epoch"] for point in chosen.trials[0]["curve"]}


def ndcgs(selection: Selection) -> list[list[float]]:
    return [[point["ndcg_at_20"] for point in trial["curve"]] for trial in selection.trials]


def test_the_same_request_chooses_the_same(fold: Fold) -> None:
    request = TrainRequest(width=8, epochs=2)

    first, second = (select_recipe(fold, request, CPU) for _ in range(2))

    assert first.recipe == second.recipe
    assert ndcgs(first) == ndcgs(second)


def test_nothing_liked_is_nothing_to_train_on() -> None:
    nothing = UserLists.from_pairs(EMPTY, EMPTY, n_users=2, n_movies=2)

    with pytest.raises(InvalidInputError, match="no likes to train on"):
        select_recipe(Fold(nothing, nothing, nothing), TrainRequest(), CPU)


def test_without_validation_events_the_defaults_are_taken() -> None:
    one_each = UserLists.from_pairs(np.array([0, 1]), np.array([0, 1]), n_users=2, n_movies=2)
    nothing = UserLists.from_pairs(EMPTY, EMPTY, n_users=2, n_movies=2)

    chosen = select_recipe(Fold(one_each, one_each, nothing), TrainRequest(), CPU)

    assert (chosen.recipe.temperature, chosen.trials) == (0.2, [])
