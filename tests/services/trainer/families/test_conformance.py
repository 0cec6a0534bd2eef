"""One suite that every family passes, on planted blocks: as it is, on samples of neighbours, with content nodes."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Final, get_args

import numpy as np
import pytest
import torch

from services.trainer.data.batches import Batch, Batches
from services.trainer.data.content import Relation
from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import evaluate
from services.trainer.families.propagation import GraphRanker
from services.trainer.families.ranker import Ranker, RankingModel
from services.trainer.families.registry import FAMILIES, make_ranker
from services.trainer.families.start import svd_start
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe
from services.trainer.tuning.study import distributions, nearest
from shared.jobs import Family, takes_content, takes_layers
from shared.models import UserForm

CPU = torch.device("cpu")
RECIPE = Recipe(width=16, epochs=6, batch_users=32)
GENRES = Relation("IN_GENRE", np.arange(60) // 20, np.arange(60), 3)  # one a block
PEOPLE = Relation("DIRECTED", np.arange(60) // 5, np.arange(60), 12)  # four a block
OCCUPATIONS = Relation("occupation", np.arange(120) // 40, np.arange(120), 3, "user")  # one a block
CONTENT = [GENRES, PEOPLE, OCCUPATIONS]

FAMILY_NAMES: Final = get_args(Family)
WITH_CONTENT: Final = [family for family in FAMILY_NAMES if takes_content(family)]
CASES: Final = {
    **{family: replace(RECIPE, family=family) for family in FAMILY_NAMES},
    **{
        f"{family}, content": replace(RECIPE, family=family, relations=("genre", "person", "occupation"))
        for family in WITH_CONTENT
    },
    **{
        f"{family}, sampled": replace(RECIPE, family=family, relations=("genre", "occupation"), neighbours=8)
        for family in WITH_CONTENT
    },
    "gcn, sampled softmax of a sample": replace(
        RECIPE, family="gcn", neighbours=8, loss="sampled-softmax", negatives=20
    ),
    "inductive, sampled softmax": replace(RECIPE, loss="sampled-softmax", negatives=20),
    "inductive, bpr": replace(RECIPE, loss="bpr"),
    "matrix-factorisation, bpr": replace(RECIPE, family="matrix-factorisation", loss="bpr"),
}
Trained = Callable[[UserLists, Recipe], RankingModel]
every_case = pytest.mark.parametrize("recipe", CASES.values(), ids=CASES.keys())
every_family = pytest.mark.parametrize("family", FAMILY_NAMES)


def ranker(likes: UserLists, recipe: Recipe) -> Ranker:
    return make_ranker(likes, recipe, svd_start(likes, recipe.width, recipe.seed), CPU, CONTENT)


def training(likes: UserLists, recipe: Recipe) -> Training:
    return Training(likes, recipe, CPU, content=CONTENT)


@pytest.fixture(scope="module")
def trained() -> Trained:
    """A model that is trained once for all tests of it; the likes are the same for all."""
    models: dict[Recipe, RankingModel] = {}

    def find(likes: UserLists, recipe: Recipe) -> RankingModel:
        if recipe not in models:
            models[recipe] = training(likes, recipe).run()
        return models[recipe]

    return find


def batch(likes: UserLists) -> Batch:
    users = np.array([0, 50, 110])
    return Batch(users, likes.take(users), likes.take(users))


@every_family
def test_what_a_tuning_may_try_are_settings_of_a_recipe_around_its_defaults(family: Family) -> None:
    within = distributions(FAMILIES[family].space, RECIPE)

    assert {"temperature", "learning_rate", "width"} <= set(within) <= {field.name for field in fields(Recipe)}
    assert nearest(Recipe(), within)["temperature"] == Recipe().temperature
    assert ("layers" in within) == takes_layers(family)
    assert all(not distribution.single() for distribution in within.values())


@every_case
def test_forward_gives_unit_vectors_of_the_batch_and_of_the_movies_that_the_loss_looks_at(
    recipe: Recipe, blocks: Fold
) -> None:
    some = Batches(blocks.likes, recipe).at(0)

    users, movies = ranker(blocks.likes, recipe)(some)

    assert (users.shape, movies.shape) == ((32, 16), (60, 16))
    assert users.norm(dim=1).tolist() == pytest.approx([1.0] * 32, abs=1e-5)
    seen = np.union1d(some.targets.movies, some.negatives)
    assert movies[seen].norm(dim=1).tolist() == pytest.approx([1.0] * len(seen), abs=1e-5)


@every_family
def test_the_loss_is_the_full_softmax_written_out(family: Family, blocks: Fold) -> None:
    model = ranker(blocks.likes, replace(RECIPE, family=family))
    some = batch(blocks.likes)
    users, movies = model(some)
    logits = (users @ movies.T / model.temperature + model.bias).log_softmax(1)
    rows = some.targets.users()
    each = torch.zeros(3).index_add(0, torch.from_numpy(rows), -logits[rows, some.targets.movies])
    weights = 12.0**-0.5  # everyone likes twelve

    loss = model.loss(some, user_power=0.5)

    assert loss.item() == pytest.approx((weights * each.sum() / (weights * 36)).item(), rel=1e-4)


@every_case
def test_a_gradient_reaches_every_parameter(recipe: Recipe, blocks: Fold) -> None:
    model = ranker(blocks.likes, recipe)

    model.loss(Batches(blocks.likes, recipe).at(0), 0.5).backward()  # type: ignore[no-untyped-call]

    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@every_case
def test_the_planted_blocks_are_found(recipe: Recipe, blocks: Fold, trained: Trained) -> None:
    model = trained(blocks.likes, recipe)

    found = evaluate(model.scorer(blocks.likes), blocks, k=8)

    assert found.recall == pytest.approx(1.0, abs=0.01)


@every_family
def test_the_export_has_the_form_that_is_served(family: Family, blocks: Fold, trained: Trained) -> None:
    model = trained(blocks.likes, CASES[family])

    vectors = model.vectors
    assert vectors.outputs.dtype == vectors.inputs.dtype == vectors.bias.dtype == np.float32
    assert (vectors.outputs.shape, vectors.inputs.shape, vectors.bias.shape) == ((60, 16), (60, 16), (60,))
    assert np.linalg.norm(vectors.outputs, axis=1) == pytest.approx(np.ones(60), abs=1e-5)
    assert vectors.temperature == RECIPE.temperature
    assert (model.users is not None) == (FAMILIES[family].user_form is UserForm.ID)


@pytest.mark.parametrize(
    "recipe", [r for r in CASES.values() if not r.neighbours], ids=[n for n, r in CASES.items() if not r.neighbours]
)
def test_the_export_scores_as_the_model_does(recipe: Recipe, blocks: Fold) -> None:
    model = ranker(blocks.likes, recipe)
    some = batch(blocks.likes)
    users, movies = model(some)
    expected = users @ movies.T / model.temperature + model.bias

    scores = model.export().scorer(blocks.likes)(some.users)

    assert scores == pytest.approx(expected.detach().numpy(), abs=1e-4)


@every_case
def test_someone_unknown_is_encoded_from_what_they_like(recipe: Recipe, blocks: Fold, trained: Trained) -> None:
    vectors = trained(blocks.likes, recipe).vectors

    unknown = vectors.encode([np.array([20, 21, 22])])  # three movies of the second block
    best = np.argsort(-(unknown @ vectors.outputs.T)[0])[:20]

    assert set(best.tolist()) == set(range(20, 40))


@every_case
def test_the_same_seed_gives_the_same_vectors_and_another_seed_others(recipe: Recipe, blocks: Fold) -> None:
    short = replace(recipe, epochs=1)
    first, again, other = (training(blocks.likes, replace(short, seed=seed)).run() for seed in (0, 0, 1))

    assert (first.vectors.outputs == again.vectors.outputs).all()
    assert (first.vectors.inputs == again.vectors.inputs).all()
    assert (first.vectors.bias == again.vectors.bias).all()
    assert (first.vectors.outputs != other.vectors.outputs).any()


@every_family
def test_what_may_be_asked_of_a_family_is_what_it_can_do(family: Family) -> None:
    assert takes_content(family) == issubclass(FAMILIES[family], GraphRanker)
    assert takes_layers(family) or not takes_content(family)
