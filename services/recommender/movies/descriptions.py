"""What describes movies, as arrays: who directed them and plays in them, tags, genres, years."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from services.recommender.movies.links import Links
from shared.ids import Rows
from shared.schema import MISSING_INT

MAX_ACTORS: Final = 10  # the leading ones; a full cast would be most of an answer
_MAX_TAGS: Final = 10  # those that most people gave; MovieLens 20M has hundreds of some movies


class Description(StrEnum):
    """In what way something describes a movie."""

    DIRECTOR = "director"
    ACTOR = "actor"
    TAG = "tag"
    GENRE = "genre"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Movies and what describes them in one way, by movie and then the leading ones first.

    Attributes:
        movies: int64[p], rows.
        nodes: int64[p], places in `Descriptions.names`.
    """

    movies: Rows
    nodes: Rows

    def leading(self, most: int) -> "Pairs":
        """The first so many of each movie."""
        kept = np.arange(len(self.movies)) - np.searchsorted(self.movies, self.movies) < most
        return Pairs(self.movies[kept], self.nodes[kept])

    def shared(self) -> "Pairs":
        """Those whose node describes several movies."""
        kept = np.bincount(self.nodes)[self.nodes] > 1
        return Pairs(self.movies[kept], self.nodes[kept])


@dataclass(frozen=True, slots=True)
class Descriptions:
    """All that describes n movies.

    Attributes:
        n_movies: n.
        names: of the nodes. A person is one node, and may direct some movies and play in others.
        pairs: in each way.
    """

    n_movies: int
    names: list[str]
    pairs: Mapping[Description, Pairs]


def describe(years: npt.NDArray[np.int64], links: Mapping[str, Links]) -> Descriptions:
    """Put together what was read: of actors, and of tags that several movies have, the leading ones are kept.

    Args:
        years: int64[n], of the movies, `MISSING_INT` where there is none.
        links: for every other `Description` those of the movies. Directors and actors have the same `names`.
    """
    people = links[Description.DIRECTOR].names
    tags, genres = links[Description.TAG].names, links[Description.GENRE].names
    known = np.flatnonzero(years != MISSING_INT)
    found, year_of = np.unique(years[known], return_inverse=True)
    first_genre = len(people) + len(tags)

    def pairs(way: Description, first: int) -> Pairs:
        return Pairs(links[way].movies, links[way].others + first)

    return Descriptions(
        len(years),
        [*people, *tags, *genres, *map(str, found.tolist())],
        {
            Description.DIRECTOR: pairs(Description.DIRECTOR, 0),
            Description.ACTOR: pairs(Description.ACTOR, 0).leading(MAX_ACTORS),
            Description.TAG: pairs(Description.TAG, len(people)).shared().leading(_MAX_TAGS),
            Description.GENRE: pairs(Description.GENRE, first_genre),
            Description.YEAR: Pairs(known, year_of + first_genre + len(genres)),
        },
    )
