"""Recommendations as JSON: from a user's history, from picks, or of popular movies where there is nothing to go by."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import orjson

from services.recommender.batcher import Best
from services.recommender.catalogue import Catalogue
from services.recommender.cursor import make_cursor
from services.recommender.histories import History, Recall
from services.recommender.model import EncodedUser, ServedModel
from services.recommender.query import Query
from services.recommender.ranking import rank
from services.recommender.snapshot import Snapshot
from shared.errors import InvalidInputError
from shared.graph.port import Array
from shared.ids import Rows
from shared.recommended import Basis

MAX_PICKS: Final = 1_000
NO_ROWS: Final = np.empty(0, np.int64)
_SHOWN: Final = 20  # of unknown movies, in a message


class UnknownMoviesError(InvalidInputError):
    """A request names movies that do not exist."""

    def __init__(self, movie_ids: Sequence[str]) -> None:
        self.movie_ids = tuple(movie_ids)
        more = f" and {len(movie_ids) - _SHOWN} more" if len(movie_ids) > _SHOWN else ""
        shown = ", ".join(repr(id_) for id_ in movie_ids[:_SHOWN])
        super().__init__(f"No such movies: {shown}{more}. GET /v1/movies?q= finds movies by title.")


async def recommend_user(snapshot: Snapshot, user_id: str, history: History, recall: Recall, query: Query) -> bytes:
    """What is recommended to a user, movies that they have rated left out.

    Raises:
        FilterError: see `Masks.get`.
    """
    head = b'{"userId":%b,"history":"%b","model":%b' % (orjson.dumps(user_id), recall.encode(), snapshot.model_name)
    model = snapshot.model
    if model is not None:
        user = encoded(snapshot, model, user_id, history)
        if (answer := await _from_model(snapshot, model, user, query, Basis.HISTORY)) is not None:
            return head + answer
    return head + popular(snapshot, snapshot.catalogue.ids.rows(history.movies.tolist()), query)


def encoded(snapshot: Snapshot, model: ServedModel, user_id: str, history: History) -> EncodedUser:
    """A user as the model sees them, made once for a history."""
    user = history.encoded
    if user is None or user.model is not model.token:
        rated = snapshot.catalogue.ids.rows(history.movies.tolist())
        user = history.encoded = model.encode_user(user_id, rated, history.ratings)
    return user


async def recommend_picks(snapshot: Snapshot, likes: Sequence[str], dislikes: Sequence[str], query: Query) -> bytes:
    """What is recommended to someone who likes and dislikes some movies; these are left out.

    Raises:
        UnknownMoviesError: a movie does not exist.
        InvalidInputError: a movie is both liked and disliked.
        FilterError: see `Masks.get`.
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
        if (answer := await _from_model(snapshot, snapshot.model, user, query, Basis.PICKS)) is not None:
            return head + answer
    return head + popular(snapshot, rows, query)


async def _from_model(
    snapshot: Snapshot, model: ServedModel, user: EncodedUser, query: Query, basis: Basis
) -> bytes | None:
    """None where the model has nothing to go by, or knows no movie that the filter leaves."""
    if user.vector is None:
        return None
    if query.is_plain:
        best = await model.batcher.best(user.vector, user.excluded, query.end)
    elif not model.selections.get(query.filter, query.damping).size:
        return None
    else:
        best = await rank(snapshot.catalogue, model, user.vector, user.excluded, query)
    return ranked(model, best, query, basis)


def ranked(model: ServedModel, best: Best, query: Query, basis: Basis) -> bytes:
    """A part of the model's ranking as JSON; `best` begins with its first movie."""
    next_ = _following(model.marks, best.rows, query)
    rows, scores = best.rows[query.offset :], best.scores[query.offset :]
    return _answer(basis, scored_items(model.tails, rows, scores), next_)


def popular(snapshot: Snapshot, excluded: Rows, query: Query) -> bytes:
    """The most rated movies as JSON, without some rows of the catalogue."""
    catalogue = snapshot.catalogue
    return listed(catalogue, catalogue.by_popularity, catalogue.ratings, query, Basis.POPULAR, excluded=excluded)


def listed(
    catalogue: Catalogue, order: Rows, scores: Array, query: Query, basis: Basis, *, excluded: Rows = NO_ROWS
) -> bytes:
    """A part of a list of the catalogue's movies as JSON.

    Args:
        catalogue: whose movies they are.
        order: their rows, best first.
        scores: of all rows, [n].
        query: which part; neither diversity nor damping counts.
        basis: what the order goes by.
        excluded: rows to leave out; -1 is none.
    """
    left_out = np.concatenate([excluded, catalogue.ids.rows(query.exclude), catalogue.marks.rows(query.shown)])
    if query.filter:
        order = order[catalogue.masks.get(query.filter)[order]]
    first = order[: query.end + len(left_out)]
    rows = first[~np.isin(first, left_out)][: query.end]
    shown = rows[query.offset :].tolist()
    items = scored_items(catalogue.tails, shown, scores[shown].tolist())
    return _answer(basis, items, _following(catalogue.marks.each, rows.tolist(), query))


def _following(marks: Sequence[bytes], rows: Sequence[int], query: Query) -> bytes:
    """The cursor of the next page as JSON, after the movies in `rows`: null where this page is not full."""
    return make_cursor(query.shown + b"".join([marks[row] for row in rows])) if len(rows) == query.end else b"null"


def _answer(basis: Basis, items: bytes, next_: bytes) -> bytes:
    return b',"basis":"%b","items":%b,"next":%b}' % (basis.encode(), items, next_)


def scored_items(tails: Sequence[bytes], rows: Sequence[int], scores: Sequence[float]) -> bytes:
    """Movies with their scores as a JSON array; `tails` as in `Catalogue`, scores to float32's seven digits."""
    return b"[%b]" % b",".join(
        [b'{"score":%.7g,%b' % pair for pair in zip(scores, [tails[r] for r in rows], strict=True)]
    )
