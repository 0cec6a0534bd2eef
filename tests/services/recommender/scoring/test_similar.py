"""Similar movies under the three metrics."""

import numpy as np
import pytest

from services.recommender.scoring.similar import Metric, nearest

VECTORS = np.array([[1, 0], [0, 2], [3, 4], [0, 0], [-2, 0]], np.float32)


@pytest.mark.parametrize(
    ("metric", "rows", "scores"),
    [
        (Metric.COSINE, [2, 1, 3, 4], [0.6, 0, 0, -1]),
        (Metric.DOT, [2, 1, 3, 4], [3, 0, 0, -2]),
        (Metric.EUCLIDEAN, [3, 1, 4, 2], [1, 5**0.5, 3, 20**0.5]),
    ],
)
def test_the_most_alike_come_first_without_the_movie_itself(
    metric: Metric, rows: list[int], scores: list[float]
) -> None:
    found, values = nearest(VECTORS, 0, metric, 9)

    assert found.tolist() == rows
    assert values.tolist() == pytest.approx(scores)


def test_no_more_come_than_asked_for() -> None:
    assert nearest(VECTORS, 0, Metric.COSINE, 2)[0].tolist() == [2, 1]


def test_a_movie_that_is_alone_has_none_like_it() -> None:
    rows, scores = nearest(VECTORS[:1], 0, Metric.COSINE, 5)

    assert (len(rows), len(scores)) == (0, 0)


def test_only_a_distance_is_better_when_smaller() -> None:
    assert [metric.is_larger_better for metric in Metric] == [True, False, True]
