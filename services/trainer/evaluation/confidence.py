"""How sure figures are: bootstrap intervals over users, and paired tests.

The users who are judged are a sample of those who might have been; an interval says what other samples would have
shown. It does not say what another seed of the training would have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.scoring import Floats

RESAMPLES: Final = 1_000
LEVEL: Final = 0.95
_SEED: Final = 13  # fixed, so that a report can be repeated, and resamples are the same for all that is compared
_DRAWS_AT_ONCE: Final = 4_000_000

Means = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the ends of its 95% interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One model's mean less another's, over the same users.

    Attributes:
        interval: of the difference, from a paired bootstrap.
        p: how often a difference at least as large comes about by chance where the two are alike (paired permutation
            test, two-sided). Not corrected for how many comparisons are made.
    """

    interval: Interval
    p: float

    def as_json(self) -> dict[str, Any]:
        """As it is kept in a report."""
        return {"difference": self.interval.mean, "interval": [self.interval.low, self.interval.high], "p": self.p}


def intervals(values: Floats) -> list[Interval]:
    """Percentile bootstrap (Efron 1979) of the mean of each column of float32[u, m], users drawn with replacement.

    All columns see the same draws, so what they have in common cancels in their differences.
    """
    means = np.concatenate([weights @ values for weights in _resamples(len(values))]) / max(len(values), 1)
    lows, highs = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    observed = values.mean(axis=0, dtype=np.float64)
    return [
        Interval(float(mean), float(low), float(high)) for mean, low, high in zip(observed, lows, highs, strict=True)
    ]


def differences(values: Floats, other: Floats) -> list[Difference]:
    """How much better each column of float32[u, m] is than the same column of `other`, user by user."""
    gaps = values - other
    return [Difference(interval, p) for interval, p in zip(intervals(gaps), _permuted(gaps), strict=True)]


def _permuted(gaps: Floats) -> list[float]:
    """The p of each column: signs of users' differences are drawn anew, as if it were chance which model is which."""
    total = gaps.sum(axis=0, dtype=np.float64)
    observed = np.abs(total)
    as_large = np.zeros(gaps.shape[1], np.int64)
    for kept in _halves(len(gaps)):
        permuted = 2 * (kept @ gaps).astype(np.float64) - total  # what is kept less the rest
        as_large += (np.abs(permuted) >= observed * (1 - 1e-6)).sum(0)  # rounding makes no difference larger
    return [float(p) for p in (as_large + 1) / (RESAMPLES + 1)]


def _resamples(n_users: int) -> Iterator[Floats]:
    """How often each user is drawn in each resample: float32[r, n_users], a few resamples at a time."""
    rng = np.random.default_rng(_SEED)
    for rows in _rows_at_once(n_users):
        drawn = rng.integers(0, n_users, (rows, n_users))
        drawn += np.arange(rows)[:, None] * n_users
        yield np.bincount(drawn.ravel(), minlength=rows * n_users).reshape(rows, n_users).astype(np.float32)


def _halves(n_users: int) -> Iterator[Floats]:
    """Whose sign is kept in each permutation: float32[r, n_users] of 1 and 0, each as likely."""
    rng = np.random.default_rng(_SEED)
    for rows in _rows_at_once(n_users):
        bits = np.unpackbits(rng.integers(0, 256, (rows, n_users // 8 + 1), np.uint8), axis=1, count=n_users)
        yield bits.astype(np.float32)


def _rows_at_once(n_users: int) -> Iterator[int]:
    at_once = max(1, _DRAWS_AT_ONCE // max(n_users, 1))
    for start in range(0, RESAMPLES, at_once):
        yield min(at_once, RESAMPLES - start)
