"""Scores the requests that arrive together as one matrix product, exactly and over all movies."""

import asyncio
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from shared.ids import Rows
from shared.scoring import Floats, extend, top_k

# What the product takes at 62,000 movies of width 64, in ms on one core of a Xeon:
#   requests together    1    2    3    4    5    6    7    8   12   16   20   24   28   32   48   64
#   users by movies    .90 2.46 3.20 2.54 3.52 3.85 4.47 3.51 4.43 5.65 4.48 4.90 5.75 6.32 8.32 11.0
# It is made of blocks of four users: seven take longer than eight, and two longer than one after the other. To find
# the best 120 of each takes .1 ms besides: a user's scores lie side by side, which saves a quarter of that.
MAX_BATCH: Final = 64
"""So many requests are scored together at most: twice as few take a tenth longer each."""
_BLOCK: Final = 4
_FEWEST: Final = 3  # that are scored together: fewer are faster alone
sizes: Final = [0] * (MAX_BATCH + 1)
"""How often so many requests were scored together, by all batchers of this process: each version has its own."""


class Best(NamedTuple):
    """The best movies of one request, best first: rows of the model, and scores. None is out of the question."""

    rows: list[int]
    scores: list[float]


@dataclass(slots=True)
class _Request:
    user: Floats
    excluded: Rows
    k: int
    added: Floats | None
    answer: asyncio.Future[Best]


class Batcher:
    """Collects requests for as long as each turn of the event loop brings more of them, then scores them together.

    A turn that finds nothing to do but this takes a few microseconds, so a request that is alone does not wait.

    One belongs to one version of a model, so what is scored together is scored by one version. Not safe to use from
    several threads: it lives in the event loop.

    Args:
        matrix: float32[w + 1, n], `MovieVectors.scoring_matrix`.
        scores: what scores are written into, of another with as many movies at least; made where it is left out.
    """

    def __init__(self, matrix: Floats, scores: Floats | None = None) -> None:
        self._matrix = np.ascontiguousarray(matrix)
        self._waiting: list[_Request] = []
        self._seen = 0  # of those that wait, in the turn before
        # Kept, because 16 MB of fresh memory would cost a page fault for every 4 kB of it, each time.
        self._scores = np.empty(MAX_BATCH * self._matrix.shape[1], np.float32) if scores is None else scores

    def of(self, rows: Rows, added: Floats) -> "Batcher":
        """One that scores some of the movies alone; its rows are places in `rows`, and `added` is added to the scores.

        Both share what scores are written into, so that it takes little more memory than its vectors.
        """
        matrix = self._matrix[:, rows]
        matrix[-1] += added
        return Batcher(matrix, self._scores)

    @property
    def nbytes(self) -> int:
        """What its vectors take in memory."""
        return self._matrix.nbytes

    def scores(self, users: Floats) -> Floats:
        """All movies' scores for some users, at once: float32[b, w] to float32[b, n]."""
        return extend(users) @ self._matrix

    def best(self, user: Floats, excluded: Rows, k: int, added: Floats | None = None) -> asyncio.Future[Best]:
        """The k best movies for one user.

        Args:
            user: float32[w].
            excluded: rows of movies that are out of the question.
            k: how many, at least 1; fewer come where there are fewer.
            added: float32[n], is added to the scores; -inf takes a movie out of the question.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Best] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._collect, loop)
        self._waiting.append(_Request(user, excluded, k, added, answer))
        return answer

    def scores_of(self, user: Floats, rows: Rows) -> Floats:
        """Some movies' scores for one user, at once: float32[w] to float32[len(rows)]."""
        found: Floats = extend(user[None])[0] @ self._matrix[:, rows]
        return found

    def _collect(self, loop: asyncio.AbstractEventLoop) -> None:
        """Score what waits, unless more has come since the last turn."""
        if self._seen < len(self._waiting) < MAX_BATCH:
            self._seen = len(self._waiting)
        else:
            size = min(len(self._waiting), MAX_BATCH) if len(self._waiting) >= _FEWEST else 1
            batch, self._waiting = self._waiting[:size], self._waiting[size:]
            self._seen = 0
            self._answer(batch)
        if self._waiting:
            loop.call_soon(self._collect, loop)

    def _answer(self, batch: list[_Request]) -> None:
        sizes[len(batch)] += 1
        try:
            answers = self._score(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must learn of it
            for request in batch:
                if not request.answer.done():
                    request.answer.set_exception(error)
            return
        for request, answer in zip(batch, answers, strict=True):
            if not request.answer.done():  # its client may have gone
                request.answer.set_result(answer)

    def _score(self, batch: list[_Request]) -> list[Best]:
        rows = 1 if len(batch) == 1 else -(-len(batch) // _BLOCK) * _BLOCK
        users = np.zeros((rows, len(batch[0].user)), np.float32)  # what is missing in the last block stays 0
        users[: len(batch)] = [request.user for request in batch]
        scores = self._scores[: self._matrix.shape[1] * rows].reshape(rows, -1)
        np.matmul(extend(users), self._matrix, out=scores)
        scores = scores[: len(batch)]
        for row, request in zip(scores, batch, strict=True):
            if request.added is not None:
                np.add(row, request.added, out=row)
            row[request.excluded] = -np.inf
        ks = {request.k for request in batch}
        if len(ks) == 1:
            return _best(scores, ks.pop())
        # Each by its own k, so that one who asks for much does not make the others wait.
        answers: dict[int, Best] = {}
        for k in ks:
            places = [place for place, request in enumerate(batch) if request.k == k]
            answers.update(zip(places, _best(scores[places], k), strict=True))
        return [answers[place] for place in range(len(batch))]


def _best(scores: Floats, k: int) -> list[Best]:
    columns, values = top_k(scores, k)
    if values.size and np.isneginf(values[:, -1]).any():
        kept = values > -np.inf
        return [Best(c[keep].tolist(), v[keep].tolist()) for c, v, keep in zip(columns, values, kept, strict=True)]
    return [Best(c, v) for c, v in zip(columns.tolist(), values.tolist(), strict=True)]
