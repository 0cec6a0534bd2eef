"""The figures of predicted ratings, and of the likes that they amount to, beside their baselines."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.trainer.data.ratings import RatingFold
from services.trainer.evaluation.bias import Bias
from services.trainer.evaluation.pointwise import accuracy, balanced_accuracy, f1, mae, rmse, roc_auc
from services.trainer.rating.predictions import predict
from shared.rating import RatingVectors

_EVEN: Final = 0.5  # what is more probable than not is predicted
# A tenth of MovieLens 100K's u1.base, held out, has an RMSE of .9401 with it, of .9413 with ridges of 10 for users and
# 5 for movies, of .9440 with 10 and 10.
_MOVIE_RIDGE: Final = 2.0


def compare_ratings(vectors: RatingVectors, fold: RatingFold, like_threshold: float) -> dict[str, Any]:
    """`metrics` of the model on what is held out, and `baselines` by name: JSON values, as a report keeps them.

    A baseline of stars predicts a like where its stars reach the threshold.
    """
    actual = fold.held_out.stars
    probabilities = predict(vectors, fold.known, fold.held_out)
    liked = actual >= like_threshold
    bias = Bias.fit(fold.known, movie_ridge=_MOVIE_RIDGE)
    of_bias = bias.predict(fold.held_out.users, fold.held_out.movies)
    constant = np.full(len(actual), bias.mean)
    majority = np.full(len(actual), float((fold.known.stars >= like_threshold).mean()))
    return {
        "metrics": {
            **_of_stars(vectors.stars(probabilities), actual),
            **_of_likes(vectors.like_probability(probabilities, like_threshold), liked, _EVEN),
        },
        "baselines": {
            "global mean": _of_stars(constant, actual),
            "user and movie bias": {**_of_stars(of_bias, actual), **_of_likes(of_bias, liked, like_threshold)},
            "majority class": _of_likes(majority, liked, _EVEN),
        },
    }


def _of_stars(predicted: npt.NDArray[np.float64], actual: npt.NDArray[np.float32]) -> dict[str, float]:
    return {"rmse": rmse(predicted, actual), "mae": mae(predicted, actual)}


def _of_likes(scores: npt.NDArray[np.float64], liked: npt.NDArray[np.bool_], least: float) -> dict[str, float]:
    """Where all or none are liked there is nothing to tell apart, and the figures that need both are left out."""
    predicted = scores >= least
    figures = {"accuracy": accuracy(predicted, liked), "f1": f1(predicted, liked)}
    if liked.all() or not liked.any():
        return figures
    return {**figures, "balanced_accuracy": balanced_accuracy(predicted, liked), "roc_auc": roc_auc(scores, liked)}
