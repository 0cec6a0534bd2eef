import numpy as np
import pytest

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import evaluate
from services.trainer.evaluation.neighbours import SHRINK, Neighbours, neighbours_bytes


def test_scores_are_the_shrunk_cosines_of_the_nearest() -> None:
    rng = np.random.default_rng(1)
    likes = UserLists.from_pairs(rng.integers(0, 60, 400), rng.integers(0, 12, 400), n_users=60, n_movies=12)
    x = likes.matrix().toarray().astype(np.float64)
    roots = np.sqrt(x.sum(0))
    cosines = x.T @ x / (np.outer(roots, roots) + SHRINK)
    np.fill_diagonal(cosines, 0)
    kept = np.zeros((12, 12), np.bool_)  # of each row, the movie that is scored; equal ones by row
    np.put_along_axis(kept, np.argsort(-np.round(cosines, 6), axis=1, kind="stable")[:, :3], values=True, axis=1)

    scores = Neighbours(likes, most=8).scores(likes, 3)(np.arange(60))

    assert scores == pytest.approx(x @ (cosines * kept).T, abs=1e-5)


def test_neighbours_find_the_planted_blocks(blocks: Fold) -> None:
    scores = Neighbours(blocks.likes, most=400).scores(blocks.likes, 19)

    assert evaluate(scores, blocks, k=8).recall == pytest.approx(1.0)


def test_what_it_takes_grows_with_the_movies_and_not_with_their_square() -> None:
    assert neighbours_bytes(10**6, 200_000, 400) < 3e9
