"""Maximal Marginal Relevance, beside a plain implementation of its formula."""

import numpy as np
import pytest

from services.recommender.scoring.diversity import diversify
from shared.scoring import Floats, normalise


def plain(scores: Floats, vectors: Floats, diversity: float, k: int, shown: Floats) -> list[int]:
    relevance = (scores - scores.min()) / (scores.max() - scores.min())
    chosen: list[int] = []
    while len(chosen) < k:
        before = np.concatenate([shown, vectors[chosen]])
        left = [place for place in range(len(scores)) if place not in chosen]
        likeness = {place: max(before @ vectors[place]) if len(before) else 0.0 for place in left}
        chosen.append(max(left, key=lambda p: (1 - diversity) * relevance[p] - diversity * likeness[p]))
    return chosen


@pytest.mark.parametrize("diversity", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("shown", [0, 3])
def test_each_movie_is_the_best_of_those_left(diversity: float, shown: int) -> None:
    rng = np.random.default_rng(7)
    vectors = normalise(rng.standard_normal((43, 5)).astype(np.float32))
    scores = np.sort(rng.standard_normal(40).astype(np.float32))[::-1].copy()
    before = vectors[40 : 40 + shown]

    found = diversify(scores, vectors[:40], diversity, 15, before if shown else None)

    assert found == plain(scores, vectors[:40], diversity, 15, before)


def test_nothing_of_it_leaves_the_order_and_all_of_it_begins_with_the_best() -> None:
    vectors = np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], np.float32)
    scores = np.array([4, 3, 2, 1], np.float32)

    assert diversify(scores, vectors, 0.0, 4) == [0, 1, 2, 3]
    assert diversify(scores, vectors, 1.0, 4) == [0, 3, 2, 1]


def test_equal_scores_are_no_fault() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)

    assert diversify(np.zeros(3, np.float32), vectors, 0.5, 3) == [0, 2, 1]
    assert diversify(np.empty(0, np.float32), vectors[:0], 0.5, 3) == []
