import numpy as np

from services.trainer.data.fold import Fold
from services.trainer.evaluation.factors import ials, ials_bytes
from services.trainer.evaluation.metrics import evaluate


def test_factors_find_the_planted_blocks(blocks: Fold) -> None:
    scores = ials(blocks.likes, blocks.likes, alpha=10.0, ridge=1.0, threads=1)

    assert evaluate(scores, blocks, k=8).recall > 0.95


def test_users_whom_it_has_not_met_are_scored_by_what_they_like(blocks: Fold) -> None:
    known = blocks.likes.keep(blocks.likes.users() % 40 > 0)  # the first user of each block is in no training
    new = np.array([0, 40, 80])

    scores = ials(known, blocks.likes, alpha=10.0, ridge=10.0, threads=1)(new).reshape(3, 3, 20)

    of_blocks = scores.mean(2)  # [user, block]
    assert of_blocks.argmax(1).tolist() == [0, 1, 2]
    assert np.diag(of_blocks).min() > 0.5


def test_what_it_takes_grows_with_likes_and_both_sides() -> None:
    assert ials_bytes(7_000_000, 138_000, 27_000) < 1e9
