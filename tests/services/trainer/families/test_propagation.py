"""Samples, content nodes and beginnings of the families that propagate."""

from dataclasses import replace
from typing import Final, get_args

import numpy as np
import pytest
import torch

from services.trainer.data.batches import Batch
from services.trainer.data.content import Relation
from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.families.lightgcn import LightGCN
from services.trainer.families.propagation import GraphRanker
from services.trainer.families.registry import make_ranker
from services.trainer.families.start import Start, svd_start
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe
from shared.errors import InvalidInputError
from shared.jobs import Family, takes_content

CPU = torch.device("cpu")
PROPAGATING: Final = [family for family in get_args(Family) if takes_content(family)]
RECIPE = Recipe(width=16, epochs=10, batch_users=32)
every_family = pytest.mark.parametrize("family", PROPAGATING)


def ranker(likes: UserLists, recipe: Recipe, content: list[Relation] | None = None) -> GraphRanker:
    model = make_ranker(likes, recipe, svd_start(likes, recipe.width, recipe.seed), CPU, content or [])
    assert isinstance(model, GraphRanker)
    return model


@every_family
def test_a_sample_of_all_neighbours_is_the_whole_graph(family: Family, blocks: Fold) -> None:
    genres = Relation("IN_GENRE", np.arange(60) // 20, np.arange(60), 3)
    recipe = replace(RECIPE, family=family, relations=("genre",))
    whole, sampled = (
        ranker(blocks.likes, replace(recipe, neighbours=neighbours), [genres]) for neighbours in (0, 10_000)
    )
    users = np.array([3, 110, 50])
    batch = Batch(users, blocks.likes.take(users), blocks.likes.take(users))

    for expected, found in zip(whole(batch), sampled(batch), strict=True):
        assert torch.allclose(found, expected, atol=1e-5)


@every_family
def test_another_step_draws_another_sample(family: Family, blocks: Fold) -> None:
    model = ranker(blocks.likes, replace(RECIPE, family=family, neighbours=3))
    users = np.array([3, 110, 50])
    first, same, other = (
        model(Batch(users, blocks.likes.take(users), blocks.likes.take(users), seed=seed))[0] for seed in (1, 1, 2)
    )

    assert torch.equal(first, same)
    assert not torch.allclose(first, other, atol=1e-3)


@pytest.mark.parametrize("family", ["gcn", "gat"])
def test_a_training_begins_where_that_of_lightgcn_does(family: Family, blocks: Fold) -> None:
    start = svd_start(blocks.likes, 16, 0)
    hundredth = np.float32(0.01)  # where tanh is the identity
    small = Start(start.users * hundredth, start.movies * hundredth)
    reference = LightGCN(blocks.likes, RECIPE, small, CPU)
    model = make_ranker(blocks.likes, replace(RECIPE, family=family), small, CPU)
    assert isinstance(model, GraphRanker)

    for found, expected in zip(model.vectors(), reference.vectors(), strict=True):
        assert torch.allclose(found, expected, atol=1e-6)


@every_family
def test_a_movie_that_nobody_liked_gets_its_place_from_its_genre(family: Family, blocks: Fold) -> None:
    likes = replace(blocks.likes, n_movies=61)
    genres = Relation("IN_GENRE", np.append(np.arange(60) // 20, 1), np.arange(61), 3)
    recipe = replace(RECIPE, family=family, relations=("genre",))

    outputs = Training(likes, recipe, CPU, content=[genres]).run().vectors.outputs

    of_first, of_second, of_third = (outputs[:60] @ outputs[60]).reshape(3, 20).mean(1)  # mean cosines, by block
    assert of_second > max(of_first, of_third) + 0.1


@every_family
def test_nodes_without_neighbours_are_no_trouble(family: Family) -> None:
    likes = UserLists.from_pairs(np.array([1, 1, 3]), np.array([0, 2, 2]), n_users=5, n_movies=4)

    for neighbours in (0, 1):
        recipe = Recipe(family=family, width=8, epochs=3, batch_users=32, neighbours=neighbours)
        model = Training(likes, recipe, CPU).run()
        assert model.users is not None
        assert np.isfinite(model.vectors.outputs).all()
        assert np.isfinite(model.users).all()


def test_content_that_is_not_there_is_an_error(blocks: Fold) -> None:
    alone = Relation("HAS_TAG", np.arange(3), np.arange(3), 3)  # three tags of one movie each

    with pytest.raises(InvalidInputError, match="holds no tag that two nodes share; it holds: tag"):
        ranker(blocks.likes, replace(RECIPE, family="gcn", relations=("tag",)), [alone])
