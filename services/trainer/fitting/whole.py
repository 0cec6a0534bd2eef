"""A whole model: settings chosen on one fold of a split, trained on the other, with what stands beside it."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import torch

from services.trainer.data.content import Relation
from services.trainer.data.split import Split
from services.trainer.families.cold import complete
from services.trainer.families.linear import with_linear
from services.trainer.families.ranker import RankingModel
from services.trainer.fitting.group import ALONE, Group
from services.trainer.fitting.selection import select_recipe
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe
from shared.jobs import TrainRequest

_CHOOSING: Final = 0.75  # of the time, for the progress


def fit_whole(
    parts: Split,
    request: TrainRequest,
    device: torch.device,
    on_step: Callable[[float], None] = lambda _: None,
    *,
    content: Sequence[Relation] = (),
    group: Group = ALONE,
    tuned: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[RankingModel, Recipe]:
    """A model of what `parts.final` knows, with vectors for cold movies, and the recipe that was chosen on `select`.

    The arguments, and what is raised, are those of `select_recipe`.
    """
    recipe = select_recipe(
        parts.select,
        request,
        device,
        lambda done: on_step(_CHOOSING * done),
        content=content,
        group=group,
        tuned=tuned,
    ).recipe
    likes = parts.final.likes
    training = Training(likes, recipe, device, content=content, group=group)
    model = training.run(lambda done: on_step(_CHOOSING + (1 - _CHOOSING) * done))
    of_movies = [relation for relation in content if relation.of == "movie"]
    return complete(with_linear(model, likes, recipe), of_movies, likes.counts()), recipe
