"""A model's ranking as a query asks for it: filtered, damped, without what is to be left out, and diverse."""

import numpy as np

from services.recommender.movies.catalogue import Catalogue
from services.recommender.scoring.batcher import Best
from services.recommender.scoring.diversity import POOL, diversify
from services.recommender.scoring.model import ServedModel
from services.recommender.scoring.query import Query
from shared.ids import Rows
from shared.scoring import Floats, top_k


async def rank(catalogue: Catalogue, model: ServedModel, user: Floats, excluded: Rows, query: Query) -> Best:
    """The first `query.end` movies for a user.

    Args:
        catalogue: beside the model.
        model: scores.
        user: float32[w].
        excluded: rows of the model that are out of the question, beside those that the query names.
        query: which movies, and how they are weighed.

    Raises:
        FilterError: see `Masks.get`.
    """
    shown = model.rows(catalogue.marks.rows(query.shown))
    out = _left_out(catalogue, model, excluded, shown, query)
    selection = model.selections.get(query.filter, query.damping)
    best = await selection.best(model.batcher, user, out, _depth(query))
    return _diverse(model, best, shown, query)


def rank_scores(catalogue: Catalogue, model: ServedModel, scores: Floats, excluded: Rows, query: Query) -> Best:
    """The same by scores that were put together before, float32[n], which this changes.

    Raises:
        FilterError: see `Masks.get`.
    """
    shown = model.rows(catalogue.marks.rows(query.shown))
    if (added := model.selections.added(query.filter, query.damping)) is not None:
        scores += added
    scores[_left_out(catalogue, model, excluded, shown, query)] = -np.inf
    rows, values = top_k(scores[None], _depth(query))
    is_left = values[0] > -np.inf
    return _diverse(model, Best(rows[0][is_left].tolist(), values[0][is_left].tolist()), shown, query)


def _left_out(catalogue: Catalogue, model: ServedModel, excluded: Rows, shown: Rows, query: Query) -> Rows:
    if not len(shown) and not query.exclude:
        return excluded
    return np.concatenate([excluded, model.rows(catalogue.ids.rows(query.exclude)), shown])


def _depth(query: Query) -> int:
    return max(query.end, POOL) if query.diversity else query.end


def _diverse(model: ServedModel, best: Best, shown: Rows, query: Query) -> Best:
    """The best movies in a diverse order: those of the pool first, and then the others by their scores."""
    if not query.diversity:
        return best
    directions = model.vectors.directions
    pool = best.rows[:POOL]
    places = diversify(
        np.array(best.scores[:POOL], np.float32),
        directions[pool],
        query.diversity,
        min(query.end, len(pool)),
        directions[shown] if len(shown) else None,
    )
    places += range(POOL, min(query.end, len(best.rows)))
    return Best([best.rows[place] for place in places], [best.scores[place] for place in places])
