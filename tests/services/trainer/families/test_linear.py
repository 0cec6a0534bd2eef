"""The linear part, against EASE written out."""

import numpy as np
import pytest

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import evaluate
from services.trainer.families import linear
from services.trainer.families.linear import LinearFit, with_linear
from services.trainer.families.ranker import RankingModel
from services.trainer.recipe import Recipe
from shared.scoring import Floats, MovieVectors

LAMBDA = 20.0


def ease(likes: UserLists) -> Floats:
    matrix = likes.matrix().toarray()
    inverse = np.linalg.inv(matrix.T @ matrix + LAMBDA * np.eye(likes.n_movies))
    weights = np.eye(likes.n_movies) - inverse / np.diag(inverse)
    return weights.astype(np.float32)


@pytest.fixture
def silent(blocks: Fold) -> RankingModel:
    """A model whose every score is zero."""
    nothing = np.zeros((blocks.likes.n_movies, 2), np.float32)
    return RankingModel(MovieVectors(nothing, nothing, nothing[:, 0], temperature=0.2))


def test_at_full_rank_it_is_ease(blocks: Fold, silent: RankingModel) -> None:
    fitted = LinearFit(blocks.likes, rank=60, seed=0).fit(LAMBDA)

    assert fitted.inputs @ fitted.outputs.T == pytest.approx(ease(blocks.likes), abs=1e-4)
    scores = fitted.beside(silent, 3.0).scorer(blocks.likes)(np.array([0, 70]))
    assert scores == pytest.approx(3 * blocks.likes.matrix().toarray()[[0, 70]] @ ease(blocks.likes), abs=1e-3)


def test_a_column_for_each_block_finds_the_blocks(blocks: Fold, silent: RankingModel) -> None:
    fitted = LinearFit(blocks.likes, rank=3, seed=0).fit(LAMBDA)

    found = evaluate(fitted.beside(silent, 1.0).scorer(blocks.likes), blocks, k=8)

    assert found.recall == 1.0


def test_columns_beyond_the_number_of_movies_are_zeros(blocks: Fold) -> None:
    fitted = LinearFit(blocks.likes, rank=64, seed=0).fit(LAMBDA)

    assert fitted.inputs.shape == fitted.outputs.shape == (60, 64)
    assert not fitted.inputs[:, 60:].any()


def test_movies_with_one_like_and_those_beyond_the_most_take_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "_MOST_MOVIES", 2)
    users, movies = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2]), np.array([0, 0, 0, 1, 1, 1, 2, 2, 3])
    likes = UserLists.from_pairs(users, movies, n_users=3, n_movies=4)

    fitted = LinearFit(likes, rank=2, seed=0).fit(LAMBDA)

    assert fitted.inputs.any(axis=1).tolist() == [True, True, False, False]


def test_the_score_of_the_model_stays_and_the_linear_part_is_added(blocks: Fold) -> None:
    random = np.random.default_rng(1)
    outputs, inputs = random.standard_normal((2, 60, 4)).astype(np.float32)
    outputs /= np.linalg.norm(outputs, axis=1, keepdims=True)
    model = RankingModel(MovieVectors(outputs, inputs, random.standard_normal(60).astype(np.float32), 0.2))
    fitted = LinearFit(blocks.likes, rank=60, seed=0).fit(LAMBDA)
    users = np.array([5, 100])

    both = fitted.beside(model, 2.0)

    of_both = both.scorer(blocks.likes)(users)
    alone = model.scorer(blocks.likes)(users)
    assert of_both == pytest.approx(alone + 2 * blocks.likes.matrix().toarray()[users] @ ease(blocks.likes), abs=1e-3)
    assert np.array_equal(both.vectors.directions, outputs)
    sizes = np.linalg.norm(both.vectors.outputs[:, 4:], axis=1)
    assert np.sqrt((sizes**2).mean()) == pytest.approx(0.1, rel=1e-4)


def test_a_recipe_without_a_linear_part_leaves_the_model_as_it_is(blocks: Fold, silent: RankingModel) -> None:
    assert with_linear(silent, blocks.likes, Recipe(linear_rank=0)) is silent
    assert with_linear(silent, blocks.likes, Recipe(linear_rank=8)).vectors.linear_width == 8
