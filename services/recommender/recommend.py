"""Recommendations as JSON: from a user's history, from picks, or of popular movies where there is nothing to go by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import orjson

from services.recommender.histories import History, Recall
from services.recommender.model import EncodedUser, ServedModel
from services.recommender.snapshot import Snapshot
from shared.errors import InvalidInputError
from shared.ids import Rows
from shared.recommended import Basis
from shared.scoring import Floats

MAX_PICKS: Final = 1_000
_SHOWN: Final = 20  # of unknown movies, in a message


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the ranking is asked for."""

    limit: int = 20
    offset: int = 0


class UnknownMoviesError(InvalidInputError):
    """A request names movies that do not exist."""

    def __init__(self, movie_ids: Sequence[str]) -> None:
        self.movie_ids = tuple(movie_ids)
        more = f" and {len(movie_ids) - _SHOWN} more" if len(movie_ids) > _SHOWN else ""
        shown = ", ".join(repr(id_) for id_ in movie_ids[:_SHOWN])
        super().__init__(f"No such movies: {shown}{more}. GET /v1/movies?q= finds movies by title.")


async def recommend_user(snapshot: Snapshot, user_id: str, history: History, recall: Recall, page: Page) -> bytes:
    """What is recommended to a user, movies of their history left out."""
    head = b'{"userId":%b,"history":"%b","model":%b' % (orjson.dumps(user_id), recall.encode(), snapshot.model_name)
    model = snapshot.model
    if model is not None:
        user = history.encoded
        if user is None or user.model is not model.token:
            movies = snapshot.catalogue.ids.rows(history.movies.tolist())
            likes = history.likes(model.version.parameters.like_threshold)
            user = history.encoded = model.encode_user(user_id, movies, likes, history.dislikes)
        if user.vector is not None:
            return head + await _from_model(model, user, user.vector, page, Basis.HISTORY)
    return head + _popular(snapshot, snapshot.catalogue.ids.rows(history.movies.tolist()), page)


async def recommend_picks(snapshot: Snapshot, likes: Sequence[str], dislikes: Sequence[str], page: Page) -> bytes:
    """What is recommended to someone who likes and dislikes some movies; these are left out.

    Raises:
        UnknownMoviesError: a movie does not exist.
        InvalidInputError: a movie is both liked and disliked.
    """
    if both := sorted(set(likes) & set(dislikes)):
        raise InvalidInputError(f"Movie {both[0]!r} is among the likes and the dislikes. Take it out of one.")
    picks = list(dict.fromkeys([*likes, *dislikes]))
    rows = snapshot.catalogue.ids.rows(picks)
    if (rows < 0).any():
        raise UnknownMoviesError([picks[place] for place in np.flatnonzero(rows < 0)])
    head = b'{"model":' + snapshot.model_name
    if snapshot.model is not None:
        liked = len(set(likes))
        user = snapshot.model.encode_picks(rows[:liked], rows[liked:])
        if user.vector is not None:
            return head + await _from_model(snapshot.model, user, user.vector, page, Basis.PICKS)
    return head + _popular(snapshot, rows, page)


async def _from_model(model: ServedModel, user: EncodedUser, vector: Floats, page: Page, basis: Basis) -> bytes:
    best = await model.batcher.best(vector, user.excluded, page.offset + page.limit)
    return _answer(basis, model.tails, best.rows[page.offset :], best.scores[page.offset :])


def _popular(snapshot: Snapshot, excluded: Rows, page: Page) -> bytes:
    catalogue = snapshot.catalogue
    out = set(excluded.tolist())
    needed = page.offset + page.limit
    rows = [row for row in catalogue.by_popularity[: needed + len(out)].tolist() if row not in out]
    rows = rows[page.offset : needed]
    return _answer(Basis.POPULAR, catalogue.tails, rows, catalogue.ratings[rows].tolist())


def _answer(basis: Basis, tails: Sequence[bytes], rows: Sequence[int], scores: Sequence[float]) -> bytes:
    return b',"basis":"%b","items":%b}' % (basis.encode(), scored_items(tails, rows, scores))


def scored_items(tails: Sequence[bytes], rows: Sequence[int], scores: Sequence[float]) -> bytes:
    """Movies with their scores as a JSON array; `tails` as in `Catalogue`, scores to float32's seven digits."""
    return b"[%b]" % b",".join(
        [b'{"score":%.7g,%b' % pair for pair in zip(scores, [tails[r] for r in rows], strict=True)]
    )
