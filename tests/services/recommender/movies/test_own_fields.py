"""Declared properties in filters: each type asks what its values are."""

import pytest

from services.recommender.filters.faults import FilterError
from services.recommender.movies.catalogue import Catalogue, read_catalogue
from shared.graph import Graph
from shared.movies import MovieChange, put_movies
from shared.own_properties import OwnType, declare

VALUES = {
    "a": {"studio": "Fox", "oscars": 1, "score10": 8.5, "isShort": False, "platforms": ["Arte", "HBO"]},
    "b": {"studio": "Warner", "oscars": 0, "isShort": True},
    "c": {"oscars": 3, "score10": 8.5, "platforms": ["arte"]},
}


@pytest.fixture
def catalogue(movies: Graph) -> Catalogue:
    types = [OwnType.STRING, OwnType.INT, OwnType.FLOAT, OwnType.BOOL, OwnType.STRINGS]
    for name, type_ in zip(("studio", "oscars", "score10", "isShort", "platforms"), types, strict=True):
        declare(movies, name, type_)
    declare(movies, "unused", OwnType.INT)
    put_movies(movies, [MovieChange(id_, properties=values) for id_, values in VALUES.items()], creates=False)
    return read_catalogue(movies)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('studio = "fox"', "a"),
        ("studio exists", "ab"),
        ("oscars >= 1", "ac"),
        ("oscars in 0..1", "ab"),
        ("score10 = 8.5 and oscars > 1", "c"),
        ("isShort = true", "b"),
        ('platforms = "Arte"', "ac"),
        ('platforms contains "h"', "a"),
        ("unused exists", ""),
        ('studio = "Fox" or genre = "Horror"', "a"),
    ],
)
def test_movies_are_found_by_declared_properties(catalogue: Catalogue, text: str, found: str) -> None:
    mask = catalogue.masks.get(text)

    assert sorted(id_ for id_, is_in in zip(catalogue.ids.ids, mask.tolist(), strict=True) if is_in) == list(found)


def test_a_property_that_is_not_declared_is_no_field(catalogue: Catalogue) -> None:
    with pytest.raises(FilterError, match="there is no field `budget`"):
        catalogue.masks.get("budget > 1")
