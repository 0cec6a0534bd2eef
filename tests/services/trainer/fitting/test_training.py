import io
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch

from services.trainer.data.fold import Fold
from services.trainer.data.interactions import Interactions
from services.trainer.data.lists import UserLists
from services.trainer.data.split import split
from services.trainer.evaluation.metrics import evaluate
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe
from shared.errors import CancelledError
from shared.jobs import Family

CPU = torch.device("cpu")
RECIPE = Recipe(width=16, epochs=4, batch_users=32)


@pytest.mark.parametrize("family", get_args(Family))
def test_a_training_that_goes_on_from_a_checkpoint_ends_with_the_same_vectors(family: Family, blocks: Fold) -> None:
    recipe = replace(RECIPE, family=family)
    whole = Training(blocks.likes, recipe, CPU).run()
    first = Training(blocks.likes, recipe, CPU)
    first.run(steps=6)  # in the middle of the second epoch
    stored = io.BytesIO()
    torch.save(first.state(), stored)

    second = Training(blocks.likes, recipe, CPU)
    second.restore(torch.load(io.BytesIO(stored.getvalue()), weights_only=True))
    resumed = second.run()

    assert (resumed.vectors.outputs == whole.vectors.outputs).all()
    assert (resumed.vectors.bias == whole.vectors.bias).all()


def test_a_checkpoint_of_another_recipe_is_passed_over(blocks: Fold) -> None:
    other = Training(blocks.likes, replace(RECIPE, width=8), CPU)
    other.run(steps=4)
    training = Training(blocks.likes, RECIPE, CPU)

    training.restore(other.state())

    assert training.steps == 0


def test_looking_at_the_model_on_the_way_changes_nothing(blocks: Fold) -> None:
    looked_at = Training(blocks.likes, RECIPE, CPU)

    def look(_: float) -> None:
        looked_at.model()

    ended = looked_at.run(look)

    assert (ended.vectors.outputs == Training(blocks.likes, RECIPE, CPU).run().vectors.outputs).all()


def test_every_step_tells_how_far_it_is_and_may_end_the_training(blocks: Fold) -> None:
    told: list[float] = []

    def stop_in_the_second_epoch(done: float) -> None:
        told.append(done)
        if len(told) == 6:
            raise CancelledError("Cancelled.")

    with pytest.raises(CancelledError):
        Training(blocks.likes, RECIPE, CPU).run(on_step=stop_in_the_second_epoch)

    assert told == [step / 16 for step in range(1, 7)]  # four epochs of four steps


def test_the_loss_is_the_mean_of_the_steps_since_it_was_last_asked_for_and_falls(blocks: Fold) -> None:
    training = Training(blocks.likes, RECIPE, CPU)
    training.run(steps=1)
    first = training.take_loss()
    training.run(steps=12)

    assert 0 < training.take_loss() < first < np.log(2 * blocks.likes.n_movies)
    assert training.take_loss() == 0


def test_users_and_movies_without_likes_are_no_trouble() -> None:
    likes = UserLists.from_pairs(np.array([1, 1, 3]), np.array([0, 2, 2]), n_users=5, n_movies=4)

    model = Training(likes, Recipe(width=8, epochs=3, batch_users=32), CPU).run()

    assert np.isfinite(model.vectors.outputs).all()
    assert not model.encode(likes, np.array([0])).any()


def test_what_is_held_out_is_not_known_to_the_model(data: Interactions) -> None:
    # A leak is planted: the last that everyone likes is one and the same movie, which nobody liked before. A model that
    # knew of it would rank it first for all.
    n = data.n_users
    leaky = Interactions.ordered(
        user_keys=data.user_keys,
        movie_keys=np.append(data.movie_keys, np.array(["the last"], object)),
        users=np.append(data.users, np.arange(n)),
        movies=np.append(data.movies, np.full(n, data.n_movies)),
        ratings=np.append(data.ratings, np.full(n, 5.0)),
        times=np.append(data.times, np.full(n, data.times.max() + 1)),
    )
    fold = split(leaky, 4.0).final
    model = Training(fold.likes, replace(RECIPE, epochs=10), CPU).run()

    assert (fold.held_out.movies == data.n_movies).all()
    assert evaluate(model.scorer(fold.likes), fold, k=5).recall < 0.05
