"""Recommendations as JSON: from a user's history, from picks, or of popular movies where there is nothing to go by."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import orjson

from services.recommender.movies.catalogue import Catalogue
from services.recommender.movies.shown import make_cursor
from services.recommender.replica.histories import History, Recall
from services.recommender.replica.snapshot import Snapshot
from services.recommender.scoring.batcher import Best
from services.recommender.scoring.model import EncodedUser, ServedModel
from services.recommender.scoring.query import Query
from services.recommender.scoring.ranking import rank
from shared.graph.port import Array
from shared.ids import Rows
from shared.recommended import Basis

NO_ROWS: Final = np.empty(0, np.int64)


Explain = Callable[[Rows], list[bytes]]
"""Gives the explanation of each movie, a row of the catalogue, as JSON."""


async def recommend_user(
    snapshot: Snapshot, user_id: str, history: History, recall: Recall, query: Query, *, explain: Explain | None = None
) -> bytes:
    """What is recommended to a user, movies of their history left out; each with its explanation, if asked for.

    Raises:
        FilterError: see `Masks.get`.
    """
    head = b'{"userId":%b,"history":"%b","model":%b' % (orjson.dumps(user_id), recall.encode(), snapshot.model_name)
    model = snapshot.model
    if model is not None:
        user = encoded(snapshot, model, user_id, history)
        if (answer := await _from_model(snapshot, model, user, query, Basis.HISTORY, explain=explain)) is not None:
            return head + answer
    return head + popular(snapshot, snapshot.catalogue.ids.rows(history.movies.tolist()), query, explain)


def encoded(snapshot: Snapshot, model: ServedModel, user_id: str, history: History) -> EncodedUser:
    """A user as the model sees them, made once for a history."""
    user = history.encoded
    if user is None or user.model is not model.token:
        movies = snapshot.catalogue.ids.rows(history.movies.tolist())
        likes = history.likes(model.version.parameters.like_threshold)
        user = history.encoded = model.encode_user(user_id, movies, likes, history.dislikes)
    return user


async def recommend_picks(
    snapshot: Snapshot, likes: Rows, dislikes: Rows, query: Query, *, explain: Explain | None = None
) -> bytes:
    """What is recommended to someone who likes and dislikes some movies, rows of the catalogue; these are left out.

    Raises:
        FilterError: see `Masks.get`.
    """
    head = b'{"model":' + snapshot.model_name
    if snapshot.model is not None:
        user = snapshot.model.encode_picks(likes, dislikes)
        answer = await _from_model(snapshot, snapshot.model, user, query, Basis.PICKS, explain=explain)
        if answer is not None:
            return head + answer
    return head + popular(snapshot, np.concatenate([likes, dislikes]), query, explain)


async def _from_model(
    snapshot: Snapshot, model: ServedModel, user: EncodedUser, query: Query, basis: Basis, *, explain: Explain | None
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
    return ranked(snapshot.catalogue, model, best, query, basis, explain=explain)


def ranked(
    catalogue: Catalogue,
    model: ServedModel,
    best: Best,
    query: Query,
    basis: Basis,
    *,
    explain: Explain | None = None,
) -> bytes:
    """A part of the model's ranking as JSON; `best` begins with its first movie."""
    next_ = _following(model.marks, best.rows, query)
    rows, scores = best.rows[query.offset :], best.scores[query.offset :]
    if explain is None:
        return _answer(basis, scored_items(model.tails, rows, scores), next_)
    return _answer(basis, _explained_items(catalogue, model.catalogue_rows[rows], scores, explain), next_)


def popular(snapshot: Snapshot, excluded: Rows, query: Query, explain: Explain | None = None) -> bytes:
    """The most rated movies as JSON, without some rows of the catalogue."""
    catalogue = snapshot.catalogue
    return listed(
        catalogue, catalogue.by_popularity, catalogue.ratings, query, Basis.POPULAR, excluded=excluded, explain=explain
    )


def listed(
    catalogue: Catalogue,
    order: Rows,
    scores: Array,
    query: Query,
    basis: Basis,
    *,
    excluded: Rows = NO_ROWS,
    explain: Explain | None = None,
) -> bytes:
    """A part of a list of the catalogue's movies as JSON.

    Args:
        catalogue: whose movies they are.
        order: their rows, best first.
        scores: of all rows, [n].
        query: which part; neither diversity nor damping counts.
        basis: what the order goes by.
        excluded: rows to leave out; -1 is none.
        explain: gives explanations, if asked for.
    """
    left_out = np.concatenate([excluded, catalogue.ids.rows(query.exclude), catalogue.marks.rows(query.shown)])
    if query.filter:
        order = order[catalogue.masks.get(query.filter)[order]]
    first = order[: query.end + len(left_out)]
    rows = first[~np.isin(first, left_out)][: query.end]
    shown = rows[query.offset :]
    if explain is None:
        items = scored_items(catalogue.tails, shown.tolist(), scores[shown].tolist())
    else:
        items = _explained_items(catalogue, shown, scores[shown].tolist(), explain)
    return _answer(basis, items, _following(catalogue.marks.each, rows.tolist(), query))


def _following(marks: Sequence[bytes], rows: Sequence[int], query: Query) -> bytes:
    """The cursor of the next page as JSON, after the movies in `rows`: null where this page is not full."""
    return make_cursor(query.shown + b"".join([marks[row] for row in rows])) if len(rows) == query.end else b"null"


def _answer(basis: Basis, items: bytes, next_: bytes) -> bytes:
    return b',"basis":"%b","items":%b,"next":%b}' % (basis.encode(), items, next_)


def _explained_items(catalogue: Catalogue, rows: Rows, scores: Sequence[float], explain: Explain) -> bytes:
    """Movies, rows of the catalogue, with their scores and explanations as a JSON array."""
    tails = [
        b'"explanation":%b,%b' % (explanation, catalogue.tails[row])
        for explanation, row in zip(explain(rows), rows.tolist(), strict=True)
    ]
    return scored_items(tails, range(len(tails)), scores)


def scored_items(tails: Sequence[bytes], rows: Sequence[int], scores: Sequence[float]) -> bytes:
    """Movies with their scores as a JSON array; `tails` as in `Catalogue`, scores to float32's seven digits."""
    return b"[%b]" % b",".join(
        [b'{"score":%.7g,%b' % pair for pair in zip(scores, [tails[r] for r in rows], strict=True)]
    )
