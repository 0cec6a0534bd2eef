"""Recommendations as JSON: from a user's history, from picks, or of popular movies where there is nothing to go by."""

from collections.abc import Callable, Sequence
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
    """Which part of the ranking is asked for, and whether with explanations."""

    limit: int = 20
    offset: int = 0
    explain: bool = False


class UnknownMoviesError(InvalidInputError):
    """A request names movies that do not exist."""

    def __init__(self, movie_ids: Sequence[str]) -> None:
        self.movie_ids = tuple(movie_ids)
        more = f" and {len(movie_ids) - _SHOWN} more" if len(movie_ids) > _SHOWN else ""
        shown = ", ".join(repr(id_) for id_ in movie_ids[:_SHOWN])
        super().__init__(f"No such movies: {shown}{more}. GET /v1/movies?q= finds movies by title.")


Explain = Callable[[Rows], list[bytes]]
"""Gives the explanation of each movie, a row of the catalogue, as JSON."""


async def recommend_user(
    snapshot: Snapshot, user_id: str, history: History, recall: Recall, page: Page, *, explain: Explain | None = None
) -> bytes:
    """What is recommended to a user, movies that they have rated left out; each with its explanation, if asked for."""
    head = b'{"userId":%b,"history":"%b","model":%b' % (orjson.dumps(user_id), recall.encode(), snapshot.model_name)
    model = snapshot.model
    if model is not None:
        user = encoded(snapshot, model, user_id, history)
        if user.vector is not None:
            return head + await _from_model(model, user, user.vector, page, Basis.HISTORY, explain=explain)
    return head + _popular(snapshot, snapshot.catalogue.ids.rows(history.movies.tolist()), page, explain)


async def recommend_picks(
    snapshot: Snapshot, likes: Rows, dislikes: Rows, page: Page, *, explain: Explain | None = None
) -> bytes:
    """What is recommended to someone who likes and dislikes some movies, rows of the catalogue; these are left out."""
    head = b'{"model":' + snapshot.model_name
    if snapshot.model is not None:
        user = snapshot.model.encode_picks(likes, dislikes)
        if user.vector is not None:
            return head + await _from_model(snapshot.model, user, user.vector, page, Basis.PICKS, explain=explain)
    return head + _popular(snapshot, np.concatenate([likes, dislikes]), page, explain)


def encoded(snapshot: Snapshot, model: ServedModel, user_id: str, history: History) -> EncodedUser:
    """A user as the snapshot's model sees them; kept beside their history for the next request."""
    user = history.encoded
    if user is None or user.model is not model.token:
        rated = snapshot.catalogue.ids.rows(history.movies.tolist())
        user = history.encoded = model.encode_user(user_id, rated, history.ratings)
    return user


def rows_of_picks(snapshot: Snapshot, likes: Sequence[str], dislikes: Sequence[str]) -> tuple[Rows, Rows]:
    """The catalogue's rows of movies that someone likes and dislikes, each once.

    Raises:
        UnknownMoviesError: a movie does not exist.
        InvalidInputError: a movie is both liked and disliked.
    """
    if both := sorted(set(likes) & set(dislikes)):
        raise InvalidInputError(f"Movie {both[0]!r} is among the likes and the dislikes. Take it out of one.")
    rows = known_rows(snapshot, list(dict.fromkeys([*likes, *dislikes])))
    liked = len(set(likes))
    return rows[:liked], rows[liked:]


def known_rows(snapshot: Snapshot, movie_ids: Sequence[str]) -> Rows:
    """The catalogue's rows of movies.

    Raises:
        UnknownMoviesError: a movie does not exist.
    """
    rows = snapshot.catalogue.ids.rows(movie_ids)
    if (rows < 0).any():
        raise UnknownMoviesError([movie_ids[place] for place in np.flatnonzero(rows < 0).tolist()])
    return rows


async def _from_model(
    model: ServedModel, user: EncodedUser, vector: Floats, page: Page, basis: Basis, *, explain: Explain | None
) -> bytes:
    best = await model.batcher.best(vector, user.excluded, page.offset + page.limit)
    rows, scores = best.rows[page.offset :], best.scores[page.offset :]
    explanations = explain(model.catalogue_rows[rows]) if explain else None
    return _answer(basis, model.tails, rows, scores, explanations)


def _popular(snapshot: Snapshot, excluded: Rows, page: Page, explain: Explain | None) -> bytes:
    catalogue = snapshot.catalogue
    out = set(excluded.tolist())
    needed = page.offset + page.limit
    rows = [row for row in catalogue.by_popularity[: needed + len(out)].tolist() if row not in out]
    rows = rows[page.offset : needed]
    explanations = explain(np.array(rows, np.int64)) if explain else None
    return _answer(Basis.POPULAR, catalogue.tails, rows, catalogue.ratings[rows].tolist(), explanations)


def _answer(
    basis: Basis, tails: Sequence[bytes], rows: Sequence[int], scores: Sequence[float], why: list[bytes] | None
) -> bytes:
    if why is not None:
        tails = [b'"explanation":%b,%b' % pair for pair in zip(why, [tails[row] for row in rows], strict=True)]
        rows = range(len(tails))
    return b',"basis":"%b","items":%b}' % (basis.encode(), scored_items(tails, rows, scores))


def scored_items(tails: Sequence[bytes], rows: Sequence[int], scores: Sequence[float]) -> bytes:
    """Movies with their scores as a JSON array; `tails` as in `Catalogue`, scores to float32's seven digits."""
    return b"[%b]" % b",".join(
        [b'{"score":%.7g,%b' % pair for pair in zip(scores, [tails[r] for r in rows], strict=True)]
    )
