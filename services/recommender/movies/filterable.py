"""The fields of movies that filters may name, from what was read of the graph."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from services.recommender.filters.fields import Field, Fields, NumberField, TextsField, field_of
from services.recommender.movies.links import Links
from shared.graph import NodeTable

_PROPERTIES: Final = ("year", "language", "title")
_ALSO: Final = {
    "genres": "genre",
    "tags": "tag",
    "directors": "director",
    "actors": "actor",
    "ratingsCount": "ratingCount",
}
"""The names that answers have for them."""


def filterable(
    movies: NodeTable, ratings: npt.NDArray[np.int64], links: Mapping[str, Links], own: Mapping[str, Field]
) -> Fields:
    """The fields of a catalogue.

    Args:
        movies: read with the properties `_PROPERTIES`.
        ratings: how many each has.
        links: what movies are connected with, by the name that it has in filters.
        own: declared properties, whose names are none of the others.
    """
    texts = {name: TextsField(len(movies), of.movies, of.others, of.names) for name, of in links.items()}
    properties = {name: field_of(movies.kind.property(name).type, movies.columns[name]) for name in _PROPERTIES}
    count = NumberField(ratings, np.ones(len(movies), np.bool_))
    return Fields({**texts, **properties, "ratingCount": count, **own}, _ALSO)
