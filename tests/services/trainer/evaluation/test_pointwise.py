"""Against scikit-learn on random data with ties, and by hand on five movies."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from sklearn import metrics as independent

from services.trainer.evaluation.pointwise import (
    Labels,
    accuracy,
    average_precision,
    balanced_accuracy,
    f1,
    mae,
    rmse,
    roc_auc,
)
from shared.errors import InvalidInputError

RNG = np.random.default_rng(3)
STARS = RNG.integers(1, 6, 500).astype(np.float32)
PREDICTED = np.round(STARS + RNG.normal(0, 1, 500), 1).astype(np.float32)  # rounded: many are equal
LIKED = STARS >= 4

# Five movies: 5, 4, 3, 2, 1 stars, predicted 5, 3, 4, 2, 2. The first two are liked; 4 and more is recommended.
FIVE_STARS, FIVE_PREDICTED = np.array([5, 4, 3, 2, 1]), np.array([5.0, 3.0, 4.0, 2.0, 2.0])
FIVE_LIKED, FIVE_RECOMMENDED = FIVE_STARS >= 4, FIVE_PREDICTED >= 4

Floats = npt.NDArray[np.floating]


def test_errors_of_five_movies_by_hand() -> None:
    assert rmse(FIVE_PREDICTED, FIVE_STARS) == pytest.approx((3 / 5) ** 0.5)  # 0, 1, 1, 0, 1 squared
    assert mae(FIVE_PREDICTED, FIVE_STARS) == pytest.approx(3 / 5)


def test_classes_of_five_movies_by_hand() -> None:
    assert accuracy(FIVE_RECOMMENDED, FIVE_LIKED) == pytest.approx(3 / 5)
    assert balanced_accuracy(FIVE_RECOMMENDED, FIVE_LIKED) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert f1(FIVE_RECOMMENDED, FIVE_LIKED) == pytest.approx(1 / 2)  # one of two found, one of two right


def test_orders_of_five_movies_by_hand() -> None:
    # Liked: 5 and 3. Others: 4, 2, 2. Of the six pairs, 3 < 4 alone is the wrong way round.
    assert roc_auc(FIVE_PREDICTED, FIVE_LIKED) == pytest.approx(5 / 6)
    assert average_precision(FIVE_PREDICTED, FIVE_LIKED) == pytest.approx((1 / 1 + 2 / 3) / 2)


def test_errors_are_those_of_an_independent_library() -> None:
    assert rmse(PREDICTED, STARS) == pytest.approx(independent.root_mean_squared_error(STARS, PREDICTED), rel=1e-6)
    assert mae(PREDICTED, STARS) == pytest.approx(independent.mean_absolute_error(STARS, PREDICTED), rel=1e-6)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (accuracy, independent.accuracy_score),
        (balanced_accuracy, independent.balanced_accuracy_score),
        (f1, independent.f1_score),
    ],
)
def test_classes_are_those_of_an_independent_library(
    ours: Callable[[Labels, Labels], float], theirs: Callable[[Labels, Labels], float]
) -> None:
    assert ours(PREDICTED >= 4, LIKED) == pytest.approx(theirs(LIKED, PREDICTED >= 4))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(roc_auc, independent.roc_auc_score), (average_precision, independent.average_precision_score)],
)
def test_orders_are_those_of_an_independent_library(
    ours: Callable[[Floats, Labels], float], theirs: Callable[[Labels, Floats], float]
) -> None:
    assert ours(PREDICTED, LIKED) == pytest.approx(theirs(LIKED, PREDICTED))


def test_a_constant_is_at_the_level_of_chance() -> None:
    constant = np.zeros(500)

    assert roc_auc(constant, LIKED) == pytest.approx(0.5)
    assert average_precision(constant, LIKED) == pytest.approx(LIKED.mean())
    assert balanced_accuracy(constant > 0, LIKED) == pytest.approx(0.5)
    assert f1(constant > 0, LIKED) == 0.0


@pytest.mark.parametrize("measure", [balanced_accuracy, roc_auc, average_precision])
def test_where_all_are_liked_nothing_can_be_compared(measure: Callable[[Labels, Labels], float]) -> None:
    with pytest.raises(InvalidInputError, match="all 3 labels are True"):
        measure(np.array([True, False, True]), np.array([True, True, True]))


def test_no_predictions_have_no_error() -> None:
    with pytest.raises(InvalidInputError, match="got 0 predictions"):
        rmse(np.empty(0), np.empty(0))
