from dataclasses import replace
from operator import attrgetter

import numpy as np
import pytest

from services.trainer.data.batches import Batches, draw_others
from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.recipe import Recipe
from shared.jobs import Loss

RECIPE = Recipe(batch_users=50)


def test_an_epoch_holds_every_user_once_and_each_epoch_another_order(blocks: Fold) -> None:
    batches = Batches(blocks.likes, RECIPE)

    first, second = (
        np.concatenate([batches.at(step).users for step in range(epoch * 3, epoch * 3 + 3)]) for epoch in (0, 1)
    )

    assert len(batches) == 3
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(120))
    assert (first != second).any()


def test_a_batch_depends_on_its_step_and_not_on_those_before(blocks: Fold) -> None:
    one_after_another = Batches(blocks.likes, RECIPE)
    for step in range(5):
        one_after_another.at(step)

    batch, same = one_after_another.at(5), Batches(blocks.likes, RECIPE).at(5)

    assert (batch.users == same.users).all()
    assert (batch.inputs.movies == same.inputs.movies).all()


def test_an_encoder_sees_a_part_of_what_it_is_to_find(blocks: Fold) -> None:
    batch = Batches(blocks.likes, RECIPE).at(0)

    assert len(batch.targets) == 50 * 12
    assert 0.7 < len(batch.inputs) / len(batch.targets) < 0.9
    assert len(batch.inputs.union(batch.targets)) == len(batch.targets)


def test_the_full_softmax_draws_nothing(blocks: Fold) -> None:
    assert not len(Batches(blocks.likes, RECIPE).at(0).negatives)


def test_what_a_loss_draws_changes_nothing_else(blocks: Fold) -> None:
    plain, sampled = (Batches(blocks.likes, replace(RECIPE, loss=loss)).at(1) for loss in ("softmax", "bpr"))

    assert (plain.users == sampled.users).all()
    assert (plain.inputs.movies == sampled.inputs.movies).all()
    assert len(sampled.negatives) == len(sampled.targets)


def test_a_sampled_softmax_draws_as_many_as_it_is_told(blocks: Fold) -> None:
    recipe = replace(RECIPE, loss="sampled-softmax", negatives=300)

    drawn = Batches(blocks.likes, recipe).at(0).negatives

    assert len(drawn) == 300
    assert set(drawn.tolist()) <= set(range(60))
    assert (drawn == Batches(blocks.likes, recipe).at(0).negatives).all()


def test_others_are_never_a_users_own_and_all_as_likely() -> None:
    # The first user has movies 0, 2 and 3 of five, the third has movie 1; so they lack 1 and 4, and 0, 2, 3 and 4.
    lists = UserLists(np.array([0, 3, 3, 4]), np.array([0, 2, 3, 1]), n_movies=5)
    rng = np.random.default_rng(0)

    drawn = np.array([draw_others(lists, rng) for _ in range(2_000)])

    first, third = drawn[:, :3].ravel(), drawn[:, 3]
    assert np.bincount(first, minlength=5) / len(first) == pytest.approx([0, 0.5, 0, 0, 0.5], abs=0.03)
    assert np.bincount(third, minlength=5) / len(third) == pytest.approx([0.25, 0, 0.25, 0.25, 0.25], abs=0.04)


def test_who_has_every_movie_gets_any() -> None:
    everything = UserLists(np.array([0, 3]), np.arange(3), n_movies=3)

    assert set(draw_others(everything, np.random.default_rng(0)).tolist()) <= {0, 1, 2}


@pytest.mark.parametrize(("loss", "world"), [("softmax", 2), ("sampled-softmax", 3), ("bpr", 2), ("bpr", 7)])
def test_the_parts_of_several_processes_are_together_the_batch_of_one(blocks: Fold, loss: Loss, world: int) -> None:
    recipe = replace(RECIPE, loss=loss, negatives=30)
    whole = Batches(blocks.likes, recipe).at(2)  # the last of an epoch, of 20 users

    parts = [Batches(blocks.likes, recipe, rank=rank, world=world).at(2) for rank in range(world)]

    sizes = [len(part.users) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    for name in ("users", "inputs.movies", "targets.movies"):
        found = np.concatenate([attrgetter(name)(part) for part in parts])
        assert (found == attrgetter(name)(whole)).all()
    if loss == "bpr":
        assert (np.concatenate([part.negatives for part in parts]) == whole.negatives).all()
    else:
        assert all((part.negatives == whole.negatives).all() for part in parts)


def test_a_batch_of_fewer_users_than_processes_leaves_some_without_any() -> None:
    likes = UserLists(np.array([0, 1, 2]), np.array([0, 1]), n_movies=3)

    parts = [Batches(likes, RECIPE, rank=rank, world=3).at(0) for rank in range(3)]

    assert [len(part.users) for part in parts] == [0, 1, 1]
