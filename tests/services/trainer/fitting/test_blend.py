"""The choice of a linear part."""

import numpy as np
import pytest

from services.trainer.data.fold import Fold
from services.trainer.families.ranker import RankingModel
from services.trainer.fitting.blend import climb, select_blend
from services.trainer.recipe import Recipe
from shared.scoring import MovieVectors, normalise


def model_of(outputs: np.ndarray) -> RankingModel:
    vectors = normalise(outputs.astype(np.float32))
    return RankingModel(MovieVectors(vectors, vectors, np.zeros(60, np.float32), temperature=0.2))


def test_a_model_that_knows_nothing_gets_a_linear_part(blocks: Fold) -> None:
    told: list[float] = []
    noise = model_of(np.random.default_rng(0).standard_normal((60, 3)))

    recipe, tried = select_blend(blocks, noise, Recipe(linear_rank=8), told.append)

    best = max(tried, key=lambda blend: blend.ndcg)
    assert (recipe.linear_rank, recipe.linear_lambda, recipe.linear_weight) == (8, best.lambda_, best.weight)
    assert best.ndcg == pytest.approx(1.0)
    assert {blend.lambda_ for blend in tried} >= {50.0, 200.0, 800.0}
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_model_that_knows_all_gets_none(blocks: Fold) -> None:
    perfect = model_of(np.repeat(np.eye(3), 20, axis=0))

    recipe, tried = select_blend(blocks, perfect, Recipe(linear_rank=8))

    assert max(blend.ndcg for blend in tried) == pytest.approx(1.0)
    assert recipe.linear_rank == 0


@pytest.mark.parametrize(("summit", "start"), [(0, 3), (3, 0), (5, 5), (2, 2), (5, 0), (0, 5)])
def test_a_climb_ends_on_the_summit_and_asks_for_nothing_twice(summit: int, start: int) -> None:
    asked: list[float] = []

    def score(value: float) -> float:
        asked.append(value)
        return -abs(value - summit)

    assert climb(range(6), start, score) == summit
    assert len(asked) == len(set(asked))
