"""Who would like a movie most, and who is like a user: by the vectors of users as of the last training."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import orjson

from services.recommender.movies.catalogue import Catalogue
from services.recommender.movies.content import alike
from services.recommender.scoring.model import ServedModel
from services.recommender.scoring.user_vectors import UserVectors
from shared.graph import Graph
from shared.ids import Rows
from shared.recommended import Basis
from shared.schema import RATED
from shared.scoring import Floats

_STANDS_FOR: Final = 10  # movies most like one that the model does not know, in its place
_LOOKED_UP: Final = 1_000  # users at most, whose ratings of the movie the graph is asked for


class MovieVector(NamedTuple):
    """How a movie is scored: a user's vector times `output`, float32[w], and `bias` on top; and what both go by."""

    output: Floats
    bias: float
    basis: Basis


def movie_vector(model: ServedModel, catalogue: Catalogue, row: int) -> MovieVector:
    """How a movie of the catalogue is scored.

    One that the model does not know is the mean of those that are most like it by their content.
    """
    vectors = model.vectors
    own = int(model.row_of[row])
    rows = np.array([own]) if own >= 0 else model.rows(alike(catalogue, row)[0])[:_STANDS_FOR]
    if not len(rows):
        return MovieVector(np.zeros(vectors.outputs.shape[1], np.float32), 0.0, Basis.NOTHING)
    output = vectors.outputs[rows].mean(axis=0)
    output[: vectors.width] /= np.float32(vectors.temperature)
    return MovieVector(output, float(vectors.bias[rows].mean()), Basis.MODEL if own >= 0 else Basis.CONTENT)


def audience(
    graph: Graph, users: UserVectors, movie_id: str, movie: MovieVector, limit: int, *, with_rated: bool
) -> list[bytes]:
    """Users with the highest scores of a movie, as JSON; those who have rated it are left out, or marked.

    At most `_LOOKED_UP` users are looked at: where most of them have rated the movie, fewer than `limit` come.

    Raises:
        UnavailableError: the graph does not answer.
    """
    scores = users.scores(movie.output) + np.float32(movie.bias)
    found: list[bytes] = []
    order = users.best(scores)[:_LOOKED_UP]
    for start in range(0, len(order), step := max(limit, 100)):
        rows = order[start : start + step]
        has_rated = graph.find_sources(RATED, users.ids[rows].tolist(), movie_id)
        found += _shown(users, rows, scores, has_rated, with_rated=with_rated)
        if len(found) >= limit:
            break
    return found[:limit]


def _shown(
    users: UserVectors, rows: Rows, scores: Floats, has_rated: Mapping[str, bool], *, with_rated: bool
) -> list[bytes]:
    """Those who still exist."""
    return [
        orjson.dumps(
            {"userId": users.ids[row], "score": round(float(scores[row]), 5), "hasRated": has_rated[users.ids[row]]}
        )
        for row in rows.tolist()
        if users.ids[row] in has_rated and (with_rated or not has_rated[users.ids[row]])
    ]


def neighbours(graph: Graph, users: UserVectors, user_id: str, direction: Floats, limit: int) -> list[bytes]:
    """The users whose first columns are most like a direction, as JSON: cosines, one user left out.

    Raises:
        UnavailableError: the graph does not answer.
    """
    scores = users.scores(direction)
    rows = users.best(scores)[: limit + 100]  # a few may have been deleted since
    exist = graph.find_sources(RATED, users.ids[rows].tolist(), "")
    shown = [row for row in rows.tolist() if users.ids[row] != user_id and users.ids[row] in exist]
    return [orjson.dumps({"userId": users.ids[row], "score": round(float(scores[row]), 5)}) for row in shown[:limit]]
