"""How good single predictions are: of stars, of likes and of links. Pure functions of two arrays of the same length.

A figure that can't be had (no predictions, or labels of one kind only where two are compared) is an error, not a zero
or a NaN that would be averaged with others later.
"""

import numpy as np
import numpy.typing as npt

from shared.errors import InvalidInputError

Numbers = npt.NDArray[np.floating] | npt.NDArray[np.integer]
Labels = npt.NDArray[np.bool_]


def rmse(predicted: Numbers, actual: Numbers) -> float:
    """The root of the mean squared error, in the unit of the ratings; lower is better.

    >>> rmse(np.array([3.0, 5.0]), np.array([4.0, 5.0]))
    0.7071067811865476
    """
    return float(np.sqrt(np.mean(_errors(predicted, actual) ** 2)))


def mae(predicted: Numbers, actual: Numbers) -> float:
    """The mean absolute error, in the unit of the ratings; lower is better.

    >>> mae(np.array([3.0, 5.0]), np.array([4.0, 5.0]))
    0.5
    """
    return float(np.mean(np.abs(_errors(predicted, actual))))


def accuracy(predicted: Labels, actual: Labels) -> float:
    """The part of predictions that are right, 0 to 1; higher is better.

    >>> accuracy(np.array([True, True, False]), np.array([True, False, False]))
    0.6666666666666666
    """
    _check("accuracy", predicted, actual)
    return float(np.mean(predicted == actual))


def balanced_accuracy(predicted: Labels, actual: Labels) -> float:
    """The mean of the parts that are right of the true and of the false; .5 is what a constant gets, 1 is best."""
    _check_both("balanced accuracy", predicted, actual)
    return float((np.mean(predicted[actual]) + np.mean(~predicted[~actual])) / 2)


def f1(predicted: Labels, actual: Labels) -> float:
    """The harmonic mean of precision and recall of the true, 0 to 1; 0 where nothing is true, found or not.

    >>> f1(np.array([True, True, False]), np.array([True, False, False]))
    0.6666666666666666
    """
    _check("F1", predicted, actual)
    hits = np.count_nonzero(predicted & actual)
    total = np.count_nonzero(predicted) + np.count_nonzero(actual)
    return float(2 * hits / total) if total else 0.0


def roc_auc(scores: Numbers, labels: Labels) -> float:
    """How often a true one is scored above a false one, half of the ties counted; .5 is chance, 1 is best.

    From the sum of the ranks of the true (Mann and Whitney 1947), ties sharing their mean rank.

    >>> roc_auc(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False]))
    0.875
    """
    _check_both("ROC AUC", scores, labels)
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(counts) - (counts - 1) / 2  # of each score, from 1
    true = np.count_nonzero(labels)
    above = mean_ranks[places[labels]].sum() - true * (true + 1) / 2  # pairs in which the true one is higher
    return float(above / (true * (len(labels) - true)))


def average_precision(scores: Numbers, labels: Labels) -> float:
    """sum_n (R_n - R_n-1) P_n over the thresholds from high to low; the part of the true is chance, 1 is best.

    Without interpolation, and equal scores are one threshold, so that their order says nothing.

    >>> average_precision(np.array([0.9, 0.5, 0.4]), np.array([True, False, True]))
    0.8333333333333333
    """
    _check_both("average precision", scores, labels)
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=np.nan))  # the last place of each score
    hits = np.cumsum(labels[order])[ends]
    return float((np.diff(hits, prepend=0) * hits / (ends + 1)).sum() / hits[-1])


def _errors(predicted: Numbers, actual: Numbers) -> npt.NDArray[np.float64]:
    _check("An error", predicted, actual)
    return predicted.astype(np.float64) - actual


def _check(what: str, predicted: Numbers | Labels, actual: Numbers | Labels) -> None:
    if predicted.shape != actual.shape or not len(actual):
        raise InvalidInputError(
            f"{what} needs one prediction for each true value, and one at least: got {len(predicted):,} predictions "
            f"and {len(actual):,} values."
        )


def _check_both(what: str, predicted: Numbers | Labels, labels: Labels) -> None:
    _check(what, predicted, labels)
    if labels.all() or not labels.any():
        raise InvalidInputError(
            f"{what} compares the true with the false, but all {len(labels):,} labels are {bool(labels[0])}."
        )
