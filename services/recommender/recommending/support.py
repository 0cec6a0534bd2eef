"""How much each of someone's own movies speaks for others: its exact share of their scores, or how alike they are."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np
import numpy.typing as npt

from services.recommender.scoring.model import ServedModel, Taste
from shared.ids import Rows
from shared.scoring import Floats


class Method(StrEnum):
    """What an explanation goes by."""

    SHARES = "shares"  # exact: what each own movie adds to the score
    NEAREST = "nearest"  # the version knows the user by their id: own movies with the largest cosine
    POPULAR = "popular"  # the model has nothing to go by, so there is no score
    NEW = "new"  # of a single movie: it came after the training, so it has no score


@dataclass(frozen=True, slots=True)
class Support:
    """How much h own movies speak for m others.

    Attributes:
        method: of all movies that have a score.
        is_scored: bool[m], whether the version has a vector of it, and of the user.
        own: rows of the catalogue: likes, and then dislikes.
        n_likes: how many of these are likes.
        is_known: bool[h], whether the version has a vector of it.
        values: float32[m, h], shares or cosines. What is not known adds nothing: 0.
        scores: float32[m], NaN where there is none.
        bias: float32[m], the part of the score that has nothing to do with the user; NaN likewise.
    """

    method: Method
    is_scored: npt.NDArray[np.bool_]
    own: Rows
    n_likes: int
    is_known: npt.NDArray[np.bool_]
    values: Floats
    scores: Floats
    bias: Floats

    @classmethod
    def of(cls, model: ServedModel | None, taste: Taste, vector: Floats | None, movies: Rows) -> Self:
        """That of someone's likes and dislikes for `movies`, rows of the catalogue.

        Args:
            model: None where none is served.
            taste: theirs.
            vector: theirs, None where the model has nothing to go by.
            movies: which.
        """
        own = np.concatenate([taste.likes, taste.dislikes])
        values = np.zeros((len(movies), len(own)), np.float32)
        scores, bias = np.full((2, len(movies)), np.nan, np.float32)
        if model is None or vector is None:
            nothing = np.zeros(len(movies), np.bool_)
            return cls(
                Method.POPULAR, nothing, own, len(taste.likes), np.zeros(len(own), np.bool_), values, scores, bias
            )
        rows, is_scored = _known(model, movies)
        likes, is_liked = _known(model, taste.likes)
        dislikes, is_disliked = _known(model, taste.dislikes)
        is_known = np.concatenate([is_liked, is_disliked])
        scores[is_scored], bias[is_scored] = model.batcher.scores_of(vector, rows), model.vectors.bias[rows]
        if taste.makes_vector:
            method, found = Method.SHARES, model.vectors.shares(rows, likes, dislikes)
        else:
            directions = model.vectors.directions
            method, found = Method.NEAREST, directions[rows] @ directions[np.concatenate([likes, dislikes])].T
        if found.shape == values.shape:
            values = found
        else:
            values[np.ix_(is_scored, is_known)] = found
        return cls(method, is_scored, own, len(taste.likes), is_known, values, scores, bias)


def _known(model: ServedModel, catalogue_rows: Rows) -> tuple[Rows, npt.NDArray[np.bool_]]:
    """The model's rows of those movies that it has vectors of, and which these are."""
    rows = model.row_of[catalogue_rows]
    return rows[rows >= 0], rows >= 0
