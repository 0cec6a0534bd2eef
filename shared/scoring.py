"""How a user is encoded and movies are scored: the one implementation that is both evaluated and served.

A user is the normalised sum of the input vectors of the movies they liked (minus a part of those they disliked); the
score of movie j is cos(u, v_j) / temperature + bias_j. Beside it there may be a low-rank linear part: what each liked
movie adds to the score of movie j by itself, x Q V_j. It rides as further columns of the same vectors, so all of a
score is one inner product. All of it is numpy, so the recommender needs no torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.ids import Rows

Floats = npt.NDArray[np.float32]

# Movies in a group of `top_k`. Of 16, 32, 64 and 128, 32 took least or nearly so: for the best 20 of 3,700, 27,000 and
# 62,000 movies 8, 24 and 44 µs a user (64: 11, 26, 40), for the best 100 of 62,000 102 (64: 144).
_FOLD: Final = 32


@dataclass(frozen=True, slots=True)
class MovieVectors:
    """A model version's vectors, in one order of n movies, d columns for the cosine and then r for the linear part.

    Attributes:
        outputs: float32[n, d + r]: how a movie is scored, and compared with others. The first d columns are of length
            one.
        inputs: float32[n, d + r]: what a movie adds to a user who liked it, its weight multiplied in.
        bias: float32[n].
        temperature: what the cosine is divided by.
        dislike_weight: what part of a disliked movie's input vector is taken away.
        linear_width: r; 0 where there is no linear part.
    """

    outputs: Floats
    inputs: Floats
    bias: Floats
    temperature: float
    dislike_weight: float = 0.0
    linear_width: int = 0

    @property
    def width(self) -> int:
        """Columns of the cosine: d."""
        return int(self.outputs.shape[1]) - self.linear_width

    @property
    def directions(self) -> Floats:
        """Movies as they are compared with one another: float32[n, d], rows of length one; a view."""
        return self.outputs[:, : self.width]

    def encode(self, likes: Sequence[Rows], dislikes: Sequence[Rows] | None = None) -> Floats:
        """Users from the rows of the movies they liked and disliked: float32[len(likes), d + r].

        The first d columns have length one. A user without likes and dislikes is the zero vector, for whom the score of
        a movie is its bias.
        """
        sums = _row_sums(self.inputs, likes)
        if dislikes is not None and self.dislike_weight:
            sums -= np.float32(self.dislike_weight) * _row_sums(self.inputs, dislikes)
        sums[:, : self.width] = normalise(sums[:, : self.width])
        return sums

    def shares(self, movies: Rows, likes: Rows, dislikes: Rows) -> Floats:
        """What each liked and then each disliked movie adds to the score of `movies`: float32[m, likes + dislikes].

        Exact, since `encode` is a sum but for one division: what stands in a row, and the movie's bias, sum up to the
        score that the user of these likes and dislikes has for it.
        """
        d = self.width
        parts = np.concatenate([self.inputs[likes], np.float32(-self.dislike_weight) * self.inputs[dislikes]])
        outputs = self.outputs[movies]
        shares: Floats = outputs[:, d:] @ parts[:, d:].T
        length = float(np.linalg.norm(parts[:, :d].sum(axis=0)))
        if length > 0:
            shares += outputs[:, :d] @ parts[:, :d].T / np.float32(length * self.temperature)
        return shares

    def scoring_matrix(self) -> Floats:
        """What `extend(users)` is multiplied with to get every user's score of every movie: float32[d + r + 1, n]."""
        scaled = np.column_stack([self.outputs, self.bias])
        scaled[:, : self.width] /= np.float32(self.temperature)
        return np.ascontiguousarray(scaled.T, dtype=np.float32)


def extend(users: Floats) -> Floats:
    """float32[b, w] to float32[b, w + 1]: a one beside each user, which the bias is multiplied with."""
    return np.column_stack([users, np.ones(len(users), np.float32)]).astype(np.float32, copy=False)


def normalise(vectors: Floats) -> Floats:
    """Rows scaled to length one; rows of zeros stay so."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled


def _row_sums(matrix: Floats, rows_of_each: Sequence[Rows]) -> Floats:
    sums = np.zeros((len(rows_of_each), matrix.shape[1]), np.float32)
    for sum_, rows in zip(sums, rows_of_each, strict=True):
        if len(rows):
            np.sum(matrix[rows], axis=0, out=sum_)
    return sums


def top_k(scores: Floats, k: int) -> tuple[Rows, Floats]:
    """The k best columns of each row, best first, equal ones by column: columns int64[b, k], scores float32[b, k].

    Exact; `scores` float32[b, n] holds no NaN. A column whose score is -inf is out of the question: it comes last, and
    the caller drops it. k may exceed n: then all n come.

    >>> top_k(np.array([[0.5, 2.0, -1.0, 2.0]], np.float32), 3)[0].tolist()
    [[1, 3, 0]]
    """
    users, movies = scores.shape
    k = min(k, movies)
    if not users or not k:
        return np.empty((users, k), np.int64), np.empty((users, k), np.float32)
    rows, columns = _folded_candidates(scores, k) if 2 * k <= movies // _FOLD else _candidates(scores, k)
    values = scores[rows, columns]
    order = np.lexsort((columns, -values, rows))
    counts = np.bincount(rows, minlength=users)
    first = np.cumsum(counts) - counts
    kept = order[first[:, None] + np.arange(k)]
    return columns[kept], values[kept]


def _candidates(scores: Floats, k: int) -> tuple[Rows, Rows]:
    """Row and column of every entry that is at least as good as the k-th best of its row."""
    kth = np.partition(scores, -k, axis=1)[:, -k, None]
    rows, columns = np.nonzero(scores >= kth)
    return rows, columns


def _folded_candidates(scores: Floats, k: int) -> tuple[Rows, Rows]:
    """Row and column of entries among which the k best of each row are, those equal to the k-th best included.

    The columns are folded into w = n // 32 groups of 32, column c into group c mod w. Let t be the k-th largest of the
    groups' maxima: k groups hold an entry of at least t, so the k-th best of all is at least t, and no entry below t
    need be looked at. What is at least t lies in the few groups whose maximum is, or among the columns that the fold
    leaves over at the end (fewer than 32).
    """
    users, movies = scores.shape
    width = movies // _FOLD
    folded = scores[:, : _FOLD * width].reshape(users, _FOLD, width)  # a view
    maxima = folded.max(axis=1)
    threshold = np.partition(maxima, -k, axis=1)[:, -k]
    group_rows, groups = np.nonzero(maxima >= threshold[:, None])
    hit, block = np.nonzero(folded[group_rows, :, groups] >= threshold[group_rows, None])
    end_rows, ends = np.nonzero(scores[:, _FOLD * width :] >= threshold[:, None])
    return (
        np.concatenate([group_rows[hit], end_rows]),
        np.concatenate([block * width + groups[hit], ends + _FOLD * width]),
    )
