"""The linear part: EASE (Steck, WWW 2019) at low rank, as two further vectors a movie, served like the rest.

A softmax over cosines and a linear model of items err differently, and their sum is better than either. EASE's matrix
B = I - P / diag(P) with P = (X'X + lambda I)^-1 is as large as the catalogue squared. With P^-1 = L L', what matters
of B is L'B = L' - L^-1 / diag(P), for ||L'(B - C)|| is how far off C's predictions and its penalty are. So its first
singular values and vectors U S W' give B ~ (L'^-1 U S^1/2) (W S^1/2)'.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack, solve_triangular

from services.trainer.data.lists import UserLists
from services.trainer.families.ranker import RankingModel
from services.trainer.families.svd import truncated_svd
from services.trainer.recipe import Recipe
from shared.ids import Rows
from shared.scoring import Floats

_MOST_MOVIES: Final = 8_000  # the most liked: the time grows with the cube of their number, 8,000 take 20 s
_LEAST_LIKES: Final = 2  # a movie that one person liked goes with whatever else they liked
_SIZE: Final = 0.1  # of a movie's linear output beside its direction of length one: a cosine hardly sees it


@dataclass(frozen=True, slots=True)
class Linear:
    """What liked movies add to the scores of others: `inputs @ outputs.T`, from row to column.

    Attributes:
        inputs: float32[n_movies, r].
        outputs: float32[n_movies, r]. Movies with too few likes have zeros in both.
    """

    inputs: Floats
    outputs: Floats

    def beside(self, model: RankingModel, weight: float) -> RankingModel:
        """The model with `weight` times this added to its scores."""
        size = np.float32(_SIZE / max(float(np.sqrt((self.outputs**2).sum(1).mean())), 1e-12))
        vectors = replace(
            model.vectors,
            outputs=np.hstack([model.vectors.outputs, self.outputs * size]),
            inputs=np.hstack([model.vectors.inputs, self.inputs * np.float32(weight / size)]),
            linear_width=self.inputs.shape[1],
        )
        return replace(model, vectors=vectors)


class LinearFit:
    """Fits to the same likes with one penalty after the other: the Gram matrix is counted once."""

    def __init__(self, likes: UserLists, rank: int, seed: int) -> None:
        self._n_movies = likes.n_movies
        self._movies = _most_liked(likes)
        self._rank = rank
        self._seed = seed
        matrix = likes.matrix()[:, self._movies]
        self._gram: Floats = (matrix.T @ matrix).toarray()  # [m, m]
        self._found: dict[float, Linear] = {}

    def fit(self, lambda_: float) -> Linear:
        """EASE with the penalty `lambda_` at low rank; columns beyond the rank that the likes have are zeros."""
        if lambda_ not in self._found:
            self._found[lambda_] = self._fit(lambda_)
        return self._found[lambda_]

    def _fit(self, lambda_: float) -> Linear:
        lower, inverse = _factor(self._gram, lambda_)  # L and L^-1, [m, m] each
        diagonal = np.einsum("ij,ij->j", inverse, inverse)  # of P
        inverse /= -diagonal
        inverse += lower.T  # L'B
        rank = min(self._rank, len(inverse))
        left, values, right = truncated_svd(inverse, rank, self._seed)
        root = np.sqrt(values)
        inputs = solve_triangular(lower, left * root, lower=True, trans="T", check_finite=False)
        return Linear(self._placed(inputs), self._placed(right.T * root))

    def _placed(self, vectors: npt.NDArray[np.floating]) -> Floats:
        placed = np.zeros((self._n_movies, self._rank), np.float32)
        placed[self._movies, : vectors.shape[1]] = vectors
        return placed


def with_linear(model: RankingModel, likes: UserLists, recipe: Recipe) -> RankingModel:
    """The model with the linear part that its recipe names, fitted to the likes that it was trained on."""
    if not recipe.linear_rank:
        return model
    linear = LinearFit(likes, recipe.linear_rank, recipe.seed).fit(recipe.linear_lambda)
    return linear.beside(model, recipe.linear_weight)


def _most_liked(likes: UserLists) -> Rows:
    """Rows of the movies that take part, ascending."""
    counts = likes.counts()
    most = np.argsort(-counts, kind="stable")[:_MOST_MOVIES]
    return np.sort(most[counts[most] >= _LEAST_LIKES])


def _factor(gram: Floats, lambda_: float) -> tuple[Floats, Floats]:
    """L and L^-1 with L L' = gram + lambda I: float32[m, m], lower triangles, zeros above."""
    regularised = gram + np.float32(lambda_) * np.eye(len(gram), dtype=np.float32)
    lower, failed = lapack.spotrf(regularised, lower=True, clean=True)
    inverse, failed_too = lapack.strtri(lower, lower=True)
    if failed or failed_too:
        raise np.linalg.LinAlgError(f"the Gram matrix with {lambda_} on its diagonal is not positive definite")
    return lower, inverse
