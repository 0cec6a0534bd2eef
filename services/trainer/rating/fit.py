"""A rating model fitted to all that is known, where nothing is set aside to choose by: a tenth is, for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch

from services.trainer.data.content import Relation
from services.trainer.data.ratings import Ratings, hold_out_at_random
from services.trainer.rating.recipe import RatingRecipe
from services.trainer.rating.training import OnStep, RatingTraining, select_steps
from shared.rating import RatingVectors

_VALIDATION: Final = 0.1
_VALIDATION_SEED: Final = 0


@dataclass(frozen=True, slots=True)
class FittedRatings:
    """A model, the recipe that was chosen for it, and the curve (JSON values) that it was chosen by."""

    vectors: RatingVectors
    recipe: RatingRecipe
    curve: list[dict[str, float]]


def fit_ratings(
    known: Ratings,
    content: Sequence[Relation],
    recipe: RatingRecipe,
    device: torch.device,
    on_step: OnStep = lambda _: None,
) -> FittedRatings:
    """Choose the number of steps on a tenth of `known`, and train on all of it."""
    validation = hold_out_at_random(known, _VALIDATION, _VALIDATION_SEED)
    chosen, curve = select_steps(validation, content, recipe, device, lambda done: on_step(done / 2))
    vectors = RatingTraining(known, content, chosen, device).run(lambda done: on_step((1 + done) / 2))
    return FittedRatings(vectors, chosen, curve)
