"""A model's training without its graph: matrix factorisation with the same loss and the same settings.

What the model reaches beyond it is what the graph adds.
"""

from collections.abc import Sequence
from typing import Final

import torch

from services.trainer.data.content import Relation
from services.trainer.data.split import Split
from services.trainer.evaluation.comparison import Found, OnStep
from services.trainer.evaluation.registry import Limits
from services.trainer.fitting.group import ALONE, Group
from services.trainer.fitting.whole import fit_whole
from services.trainer.recipe import Recipe
from shared.jobs import TrainRequest

# Users times movies, all of which an epoch scores, up to which it is trained unasked. Of MovieLens-1M's 22 million it
# takes 30 s of a core, beside 80 s for the default model itself; of 100 million, by that rate, one to two minutes.
_MOST_PAIRS: Final = 100_000_000
_COPIES: Final = 8  # of all vectors: first ones, weights, gradients, Adam's two means, ours, two models of a selection
_NOT_TAKEN_OVER: Final = ("relations", "linear_rank")


def without_graph(
    parts: Split,
    recipe: Recipe,
    request: TrainRequest,
    device: torch.device,
    on_step: OnStep,
    *,
    limits: Limits,
    content: Sequence[Relation] = (),
    group: Group = ALONE,
) -> Found:
    """The baseline `matrix-factorisation` of a model, or why there is none.

    Args:
        parts: the model's split; how long to train is chosen on `select`, unless the request says so.
        recipe: the model's; its settings are taken over.
        request: what the model was asked for with.
        device: where to train.
        on_step: told what part is done, 0 to 1.
        limits: it is left out where it would take more.
        content: what describes movies, for those without likes.
        group: the processes that train together.
    """
    likes = parts.final.likes
    if recipe.family == "matrix-factorisation":
        return "the model is one itself."
    if request.baselines is None and likes.n_users * likes.n_movies > _MOST_PAIRS:
        return (
            f"it is trained as the model is, which takes minutes for {likes.n_users:,} users and {likes.n_movies:,} "
            "movies; ask for it by name to have it."
        )
    vectors_bytes = 4 * (likes.n_users + likes.n_movies) * recipe.width
    if refusal := limits.refusal(_COPIES * vectors_bytes, likes):
        return refusal
    asked = TrainRequest(
        family="matrix-factorisation",
        seed=recipe.seed,
        loss=recipe.loss,
        temperature=recipe.temperature,
        epochs=request.epochs,
    )
    settings = {name: value for name, value in recipe.as_json().items() if name not in _NOT_TAKEN_OVER}
    model, chosen = fit_whole(parts, asked, device, on_step, content=content, group=group, tuned=settings)
    return model.on(parts.final), {"temperature": chosen.temperature, "epochs": chosen.epochs}
