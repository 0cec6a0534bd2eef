"""How stars and the chance of a like are predicted: the one implementation that is both evaluated and served.

A movie has an input vector for each level of rating, a_ir, for what it adds to a user who rated it so, and output
vectors o_jb, for how its own rating is predicted. With n ratings r_i of movies i:

    h = relu((w p + sum_i a_{i r_i}) / (w + n)),    u = h D,    p(r | u, j) = softmax_r(sum_b c_rb u · o_jb)

The input vectors of each level have dimensions of their own in h. p is a prior that stands for w ratings, so that
someone who has rated nothing is the average user. All of it is numpy, and a rating given a second ago counts like every
other. After GC-MC (van den Berg et al., KDD 2018): see `services.trainer.rating.gcmc`.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.ids import Rows

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RatingWeights:
    """What a rating model has beside its movies' vectors: small, and kept in its version's record.

    Attributes:
        levels: float32[L], the ratings there are, in stars, ascending.
        prior: float32[L · h], p: the sums of someone who has rated nothing.
        prior_weight: w: how many ratings the prior stands for.
        dense: float32[L · h, d], D.
        output_mix: float32[L, B], c: what each level weighs each of a movie's B output vectors with.
    """

    levels: Floats
    prior: Floats
    prior_weight: float
    dense: Floats
    output_mix: Floats

    def as_json(self) -> dict[str, Any]:
        """As it is kept: float32 in base64, since 500 by 75 numbers written out are five times as long."""
        return {
            "levels": self.levels.tolist(),
            "prior": _encode(self.prior),
            "prior_weight": self.prior_weight,
            "dense": _encode(self.dense),
            "output_mix": self.output_mix.tolist(),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "RatingWeights":
        """What `as_json` gave."""
        prior = _decode(values["prior"])
        return cls(
            levels=np.array(values["levels"], np.float32),
            prior=prior,
            prior_weight=values["prior_weight"],
            dense=_decode(values["dense"]).reshape(len(prior), -1),
            output_mix=np.array(values["output_mix"], np.float32),
        )


@dataclass(frozen=True, slots=True)
class RatingVectors:
    """A rating model as it is evaluated, written into the graph and served; n movies in one order.

    Attributes:
        inputs: float32[n, L · h], a movie's input vectors, level after level.
        outputs: float32[n, B · d], its output vectors.
        weights: the rest.
    """

    inputs: Floats
    outputs: Floats
    weights: RatingWeights

    def encode(self, movies: Sequence[Rows], ratings: Sequence[npt.NDArray[np.floating]]) -> Floats:
        """Users from the rows of the movies that they have rated, and the ratings in stars: float32[users, d]."""
        weights = self.weights
        n_levels, weight = len(weights.levels), np.float32(weights.prior_weight)
        by_level = self.inputs.reshape(len(self.inputs), n_levels, -1)  # [n, L, h], a view
        hidden = np.tile(weight * weights.prior, (len(movies), 1)).reshape(len(movies), n_levels, -1)  # [users, L, h]
        for user, (rows, stars) in enumerate(zip(movies, ratings, strict=True)):
            levels = nearest_level(weights.levels, stars)
            np.add.at(hidden[user], levels, by_level[rows, levels])
            hidden[user] /= weight + np.float32(len(rows))
        users: Floats = np.maximum(hidden, 0).reshape(len(movies), -1) @ weights.dense
        return users

    def probabilities(self, users: Floats, movies: Rows) -> Floats:
        """How probable each level is for pairs of a user, float32[n, d], and a movie's row, int64[n]: float32[n, L]."""
        mix = self.weights.output_mix
        outputs = self.outputs[movies].reshape(len(movies), mix.shape[1], -1)  # [n, B, d]
        logits = np.einsum("nd,nbd->nb", users, outputs) @ mix.T  # [n, L]
        exponentials = np.exp(logits - logits.max(1, keepdims=True))
        found: Floats = exponentials / exponentials.sum(1, keepdims=True)
        return found

    def stars(self, probabilities: Floats) -> npt.NDArray[np.float64]:
        """The expected rating of each row of probabilities [n, L], which makes the squared error least: float64[n]."""
        return np.asarray(probabilities @ self.weights.levels.astype(np.float64), np.float64)

    def like_probability(self, probabilities: Floats, like_threshold: float) -> npt.NDArray[np.float64]:
        """How probable a rating of `like_threshold` stars or more is, from probabilities [n, L]: float64[n], 0 to 1."""
        is_like = (self.weights.levels >= like_threshold).astype(np.float64)
        return np.clip(np.asarray(probabilities @ is_like, np.float64), 0, 1)


def nearest_level(levels: npt.NDArray[np.floating], ratings: npt.NDArray[np.floating]) -> Rows:
    """The number of the level that is nearest to each rating, the lower one of two that are as near: int64[n].

    >>> nearest_level(np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.5, 1.6, 9.0])).tolist()
    [0, 0, 1, 2]
    """
    return np.searchsorted((levels[1:] + levels[:-1]) / 2, ratings).astype(np.int64)


def _encode(values: Floats) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode("ascii")


def _decode(text: str) -> Floats:
    return np.frombuffer(base64.b64decode(text), "<f4").astype(np.float32)
