"""Movies like a movie by what the graph tells of them: for those that no model knows yet."""

from typing import Final

import numpy as np

from services.recommender.filters.fields import TextsField
from services.recommender.movies.catalogue import Catalogue
from shared.ids import Rows
from shared.scoring import Floats

_TOLD_BY: Final = ("genre", "tag", "director", "actor")


def alike(catalogue: Catalogue, row: int) -> tuple[Rows, Floats]:
    """Rows of the movies that share something with a movie, the most alike first, and how alike they are.

    What few movies share counts more: each shared genre, tag or person the logarithm of how rare it is.

    Returns:
        rows: int64[m].
        scores: float32[n] of all rows.
    """
    scores = np.zeros(len(catalogue), np.float32)
    for name in _TOLD_BY:
        field = catalogue.masks.fields[name]
        if isinstance(field, TextsField):
            for code in field.codes_of(row).tolist():
                rows = field.rows_of(code)
                scores[rows] += np.log(len(catalogue) / len(rows)) + 1e-3
    scores[row] = 0
    order = catalogue.by_popularity[np.argsort(-scores[catalogue.by_popularity], kind="stable")]
    return order[scores[order] > 0], scores
