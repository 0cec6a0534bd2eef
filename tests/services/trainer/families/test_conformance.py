"""One suite that every family passes, on planted blocks."""

from dataclasses import fields, replace
from typing import get_args

import numpy as np
import pytest
import torch

from services.trainer.data.batches import Batch
from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import evaluate
from services.trainer.families.ranker import Ranker
from services.trainer.families.start import svd_start
from services.trainer.fitting.training import FAMILIES, Training
from services.trainer.recipe import Family, Recipe
from services.trainer.tuning.study import distributions, nearest
from shared.models import UserForm

CPU = torch.device("cpu")
RECIPE = Recipe(width=16, epochs=10, batch_users=32)
pytestmark = pytest.mark.parametrize("family", get_args(Family))


def ranker(family: Family, likes: UserLists) -> Ranker:
    recipe = replace(RECIPE, family=family)
    return FAMILIES[family](likes, recipe, svd_start(likes, recipe.width, recipe.seed), CPU)


def batch(likes: UserLists) -> Batch:
    users = np.array([0, 50, 110])
    return Batch(users, likes.take(users), likes.take(users))


def test_what_a_tuning_may_try_are_settings_of_a_recipe_around_its_defaults(family: Family) -> None:
    within = distributions(FAMILIES[family].space, RECIPE)

    assert {"temperature", "learning_rate", "width"} <= set(within) <= {field.name for field in fields(Recipe)}
    assert nearest(Recipe(), within)["temperature"] == Recipe().temperature
    assert all(not distribution.single() for distribution in within.values())


def test_forward_gives_unit_vectors_of_the_batch_and_of_all_movies(family: Family, blocks: Fold) -> None:
    users, movies = ranker(family, blocks.likes)(batch(blocks.likes))

    assert (users.shape, movies.shape) == ((3, 16), (60, 16))
    assert users.norm(dim=1).tolist() == pytest.approx([1.0] * 3, abs=1e-5)
    assert movies.norm(dim=1).tolist() == pytest.approx([1.0] * 60, abs=1e-5)


def test_the_loss_is_the_full_softmax_written_out(family: Family, blocks: Fold) -> None:
    model = ranker(family, blocks.likes)
    some = batch(blocks.likes)
    users, movies = model(some)
    logits = (users @ movies.T / model.temperature + model.bias).log_softmax(1)
    rows = some.targets.users()
    each = torch.zeros(3).index_add(0, torch.from_numpy(rows), -logits[rows, some.targets.movies])
    weights = 12.0**-0.5  # everyone likes twelve

    loss = model.loss(some, user_power=0.5)

    assert loss.item() == pytest.approx((weights * each.sum() / (weights * 36)).item(), rel=1e-4)


def test_a_gradient_reaches_every_parameter(family: Family, blocks: Fold) -> None:
    model = ranker(family, blocks.likes)

    model.loss(batch(blocks.likes), 0.5).backward()  # type: ignore[no-untyped-call]

    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_the_planted_blocks_are_found(family: Family, blocks: Fold) -> None:
    model = Training(blocks.likes, replace(RECIPE, family=family), CPU).run()

    found = evaluate(model.scorer(blocks.likes), blocks, k=8)

    assert found.recall == pytest.approx(1.0, abs=0.01)


def test_the_export_has_the_form_that_is_served(family: Family, blocks: Fold) -> None:
    model = Training(blocks.likes, replace(RECIPE, family=family, epochs=2), CPU).run()

    vectors = model.vectors
    assert vectors.outputs.dtype == vectors.inputs.dtype == vectors.bias.dtype == np.float32
    assert (vectors.outputs.shape, vectors.inputs.shape, vectors.bias.shape) == ((60, 16), (60, 16), (60,))
    assert np.linalg.norm(vectors.outputs, axis=1) == pytest.approx(np.ones(60), abs=1e-5)
    assert vectors.temperature == RECIPE.temperature
    assert (model.users is not None) == (FAMILIES[family].user_form is UserForm.ID)


def test_the_export_scores_as_the_model_does(family: Family, blocks: Fold) -> None:
    model = ranker(family, blocks.likes)
    some = batch(blocks.likes)
    users, movies = model(some)
    expected = users @ movies.T / model.temperature + model.bias

    scores = model.export().scorer(blocks.likes)(some.users)

    assert scores == pytest.approx(expected.detach().numpy(), abs=1e-4)


def test_someone_unknown_is_encoded_from_what_they_like(family: Family, blocks: Fold) -> None:
    model = Training(blocks.likes, replace(RECIPE, family=family), CPU).run()

    unknown = model.vectors.encode([np.array([20, 21, 22])])  # three movies of the second block
    best = np.argsort(-(unknown @ model.vectors.outputs.T)[0])[:20]

    assert set(best.tolist()) == set(range(20, 40))


def test_the_same_seed_gives_the_same_vectors_and_another_seed_others(family: Family, blocks: Fold) -> None:
    recipe = replace(RECIPE, family=family, epochs=3)
    first, again, other = (Training(blocks.likes, replace(recipe, seed=seed), CPU).run() for seed in (0, 0, 1))

    assert (first.vectors.outputs == again.vectors.outputs).all()
    assert (first.vectors.inputs == again.vectors.inputs).all()
    assert (first.vectors.bias == again.vectors.bias).all()
    assert (first.vectors.outputs != other.vectors.outputs).any()
