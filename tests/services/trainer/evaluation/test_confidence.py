"""Intervals and tests on simulated users, whose true mean is known."""

import numpy as np
import pytest

from services.trainer.evaluation.confidence import differences, intervals


def test_an_interval_holds_the_true_mean_as_often_as_it_says() -> None:
    # 400 experiments of 300 users each, as one matrix: figures between 0 and 1, many of them 0, of mean 2/7 * .7.
    rng = np.random.default_rng(5)
    values = (rng.beta(2, 5, (300, 400)) * (rng.random((300, 400)) < 0.7)).astype(np.float32)

    found = intervals(values)

    held = np.mean([interval.low <= 0.7 * 2 / 7 <= interval.high for interval in found])
    assert 0.92 <= held <= 0.98


def test_an_interval_is_as_wide_as_the_theory_says() -> None:
    values = np.random.default_rng(6).normal(0, 1, (2_000, 1)).astype(np.float32)

    (found,) = intervals(values)

    assert found.mean == pytest.approx(float(values.mean()), abs=1e-6)
    assert found.high - found.low == pytest.approx(2 * 1.96 / 2_000**0.5, rel=0.1)


def test_it_is_the_same_each_time() -> None:
    values = np.random.default_rng(7).random((50, 2), np.float32)

    assert intervals(values) == intervals(values)


def test_what_two_models_have_in_common_cancels() -> None:
    # Users differ by far more than the models do, yet every user is served a little better by the one.
    rng = np.random.default_rng(8)
    users = rng.random((500, 1), np.float32)
    better = users + np.float32(0.01) + rng.normal(0, 0.01, (500, 1)).astype(np.float32)

    (found,) = differences(better, users)

    assert found.interval.low > 0
    assert found.p == pytest.approx(1 / 1_001)
    assert intervals(users)[0].high - intervals(users)[0].low > 0.03  # which alone could not tell them apart
    assert found.as_json()["interval"] == [found.interval.low, found.interval.high]


def test_two_models_that_are_alike_are_told_apart_as_rarely_as_a_test_may() -> None:
    gaps = np.random.default_rng(9).normal(0, 1, (200, 300)).astype(np.float32)

    found = differences(gaps, np.zeros_like(gaps))

    assert 0.02 <= np.mean([difference.p < 0.05 for difference in found]) <= 0.09


def test_a_model_beside_itself_is_no_better() -> None:
    values = np.random.default_rng(10).random((100, 1), np.float32)

    (found,) = differences(values, values)

    assert (found.interval.mean, found.interval.low, found.interval.high, found.p) == (0.0, 0.0, 0.0, 1.0)
