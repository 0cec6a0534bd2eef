"""The figures of a model beside its baselines."""

import numpy as np
import pytest

from services.trainer.data.ratings import RatingFold, Ratings
from services.trainer.rating.figures import compare_ratings
from shared.rating import RatingVectors


def test_a_model_of_what_was_planted_is_ahead_of_every_baseline(trained: RatingVectors, kinds: RatingFold) -> None:
    found = compare_ratings(trained, kinds, like_threshold=4.0)

    model, baselines = found["metrics"], found["baselines"]
    assert model["rmse"] < 0.5 * min(baselines["global mean"]["rmse"], baselines["user and movie bias"]["rmse"])
    assert model["accuracy"] > 0.95
    assert model["roc_auc"] > 0.98
    assert baselines["majority class"]["accuracy"] == pytest.approx(0.5, abs=0.05)
    assert baselines["majority class"]["balanced_accuracy"] == 0.5


def test_where_all_is_liked_the_figures_that_need_both_kinds_are_left_out(
    trained: RatingVectors, kinds: RatingFold
) -> None:
    found = compare_ratings(trained, kinds, like_threshold=0.5)

    assert set(found["metrics"]) == {"rmse", "mae", "accuracy", "f1"}
    assert found["metrics"]["accuracy"] == 1.0


def test_a_rating_that_is_known_and_held_out_is_refused() -> None:
    ratings = Ratings(np.array([0]), np.array([0]), np.ones(1, np.float32), 1, 1)

    with pytest.raises(ValueError, match="held out is known"):
        RatingFold(ratings, ratings)
