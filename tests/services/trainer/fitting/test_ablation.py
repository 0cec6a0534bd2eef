"""Matrix factorisation beside a model, trained with its settings."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from services.trainer.data.fold import Fold
from services.trainer.data.interactions import Interactions
from services.trainer.data.split import Split, split
from services.trainer.evaluation.comparison import Found
from services.trainer.evaluation.metrics import evaluate
from services.trainer.evaluation.registry import Limits
from services.trainer.fitting import ablation
from services.trainer.fitting.ablation import without_graph
from services.trainer.recipe import Recipe
from shared.jobs import TrainRequest

CPU = torch.device("cpu")
ROOMY = Limits(10**9, 1)
RECIPE = Recipe(family="gcn", width=16, temperature=0.15, batch_users=32, relations=("genre",), linear_rank=8)


@pytest.fixture
def parts(data: Interactions) -> Split:
    return split(data, 4.0)


def factorise(
    parts: Split,
    recipe: Recipe = RECIPE,
    request: TrainRequest = TrainRequest(epochs=4),  # noqa: B008 - frozen
    limits: Limits = ROOMY,
    on_step: Callable[[float], None] = lambda _: None,
) -> Found:
    return without_graph(parts, recipe, request, CPU, on_step, limits=limits)


def test_it_finds_the_blocks_with_the_models_temperature_and_epochs_chosen_on_validation(blocks: Fold) -> None:
    told: list[float] = []

    found = factorise(Split(blocks, blocks, by_time=False), request=TrainRequest(), on_step=told.append)

    assert not isinstance(found, str)
    scores, setting = found
    assert evaluate(scores, blocks).recall > 0.95
    assert setting["temperature"] == 0.15
    assert setting["epochs"] > 0
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_epochs_that_were_asked_for_are_those_of_both(parts: Split) -> None:
    found = factorise(parts)

    assert not isinstance(found, str)
    assert found[1] == {"temperature": 0.15, "epochs": 4}


def test_a_model_that_is_one_itself_is_not_trained_again(parts: Split) -> None:
    assert factorise(parts, replace(RECIPE, family="matrix-factorisation")) == "the model is one itself."


def test_of_large_data_it_is_trained_only_where_it_is_asked_for(parts: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablation, "_MOST_PAIRS", 120 * 60 - 1)

    assert "120 users and 60 movies; ask for it by name" in factorise(parts)
    asked = TrainRequest(epochs=1, baselines=["matrix-factorisation"])
    assert not isinstance(factorise(parts, request=asked), str)


def test_it_is_left_out_where_its_vectors_do_not_fit(parts: Split) -> None:
    needed = 8 * 4 * 180 * 16  # copies, bytes, users and movies, width

    assert "MARQUEE_BASELINE_MEMORY_GB" in factorise(parts, limits=Limits(needed - 1, 1))
    assert not isinstance(factorise(parts, limits=Limits(needed, 1)), str)
