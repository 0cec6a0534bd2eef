import numpy as np

from services.trainer.data.batches import Batches
from services.trainer.data.fold import Fold
from services.trainer.recipe import Recipe

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
