"""Which linear part a model gets beside it: its penalty and its weight, tried on validation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from services.trainer.data.fold import Fold
from services.trainer.evaluation.metrics import evaluate
from services.trainer.families.linear import LinearFit
from services.trainer.families.ranker import RankingModel
from services.trainer.recipe import Recipe

_LAMBDAS: Final = (10.0, 50.0, 200.0, 800.0, 2_000.0, 5_000.0)  # 800 suits MovieLens-1M, 200 latest-small
_WEIGHTS: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)  # 2 suits MovieLens-1M
_USUAL_TRIES: Final = 12  # progress goes by it


@dataclass(frozen=True, slots=True)
class Blend:
    """A linear part beside a model, and the NDCG@20 of both together on validation."""

    lambda_: float
    weight: float
    ndcg: float

    def as_json(self) -> dict[str, Any]:
        """As it is kept in a report."""
        return {"lambda": self.lambda_, "weight": self.weight, "ndcg_at_20": self.ndcg}


def select_blend(
    fold: Fold,
    model: RankingModel,
    recipe: Recipe,
    on_step: Callable[[float], None] = lambda _: None,
    *,
    fits: LinearFit | None = None,
) -> tuple[Recipe, list[Blend]]:
    """The recipe with the best linear part for a model that was trained on `fold.likes`, and all that were tried.

    Penalties and weights are climbed, for over each of them NDCG has one summit. A weight of zero is no linear part,
    which is what remains where none makes the model better. `fits` are to the same likes, where they are there already.
    """
    fits = fits or LinearFit(fold.likes, recipe.linear_rank, recipe.seed)
    tried = [Blend(0.0, 0.0, evaluate(model.on(fold), fold).ndcg)]
    weight = _WEIGHTS.index(2.0)

    def by_weight(lambda_: float) -> float:
        nonlocal weight
        linear = fits.fit(lambda_)

        def score(weight: float) -> float:
            found = evaluate(linear.beside(model, weight).on(fold), fold).ndcg
            tried.append(Blend(lambda_, weight, found))
            on_step(min(0.99, len(tried) / _USUAL_TRIES))
            return found

        weight = climb(_WEIGHTS, weight, score)
        return max(blend.ndcg for blend in tried if blend.lambda_ == lambda_)

    climb(_LAMBDAS, _LAMBDAS.index(200.0), by_weight)
    on_step(1.0)
    best = max(tried, key=lambda blend: blend.ndcg)
    if best.weight == 0:
        return replace(recipe, linear_rank=0), tried
    return replace(recipe, linear_lambda=best.lambda_, linear_weight=best.weight), tried


def climb(values: Sequence[float], start: int, score: Callable[[float], float]) -> int:
    """The place of the value with the highest score, if scores rise to one summit and fall again.

    >>> climb([1, 2, 3, 4, 5], 1, lambda value: -abs(value - 4))
    3
    """
    best, highest = start, score(values[start])
    for step in (1, -1):
        place = start + step
        while 0 <= place < len(values) and (found := score(values[place])) > highest:
            best, highest = place, found
            place += step
        if best != start:
            break
    return best
