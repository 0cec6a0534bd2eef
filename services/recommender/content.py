"""What describes movies, read from the graph as arrays: who directed them and plays in them, tags, genres, years."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.graph import Graph, NodeTable
from shared.graph.port import Array, EdgeBatch
from shared.ids import Rows
from shared.schema import ACTED_IN, DIRECTED, GENRE, HAS_TAG, IN_GENRE, MISSING_INT, PERSON, TAG, EdgeKind

_MAX_ACTORS: Final = 10  # the leading ones; a full cast would be most of an answer
_MAX_TAGS: Final = 10  # those that most people gave; MovieLens 20M has up to hundreds of a movie

Names = list[list[str]]
"""For each movie's row the names of what describes it."""


class Description(StrEnum):
    """In what way something describes a movie."""

    DIRECTOR = "director"
    ACTOR = "actor"
    TAG = "tag"
    GENRE = "genre"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Movies and what describes them in one way, by movie and then in the order in which it is shown.

    Attributes:
        movies: int64[p], rows.
        nodes: int64[p], rows of `Content.names`.
    """

    movies: Rows
    nodes: Rows

    def leading(self, most: int) -> "Pairs":
        """The first so many of each movie."""
        kept = np.arange(len(self.movies)) - np.searchsorted(self.movies, self.movies) < most
        return Pairs(self.movies[kept], self.nodes[kept])


@dataclass(frozen=True, slots=True)
class Content:
    """All that describes n movies.

    Attributes:
        n_movies: n.
        names: object (str) [c], of the nodes: people first. A person may direct some movies and play in others.
        pairs: in each way.
    """

    n_movies: int
    names: Array
    pairs: Mapping[Description, Pairs]

    def names_of(self, way: Description) -> Names:
        """For each movie the names of what describes it in one way."""
        pairs = self.pairs[way]
        names: list[str] = self.names[pairs.nodes].tolist()
        bounds = np.searchsorted(pairs.movies, np.arange(self.n_movies + 1)).tolist()
        return [names[start:end] for start, end in pairwise(bounds)]


def read_content(graph: Graph, movies: NodeTable) -> Content:
    """Read what describes `movies`, which have the column `year`. Of actors and tags the leading ones are kept."""
    people, genres, tags = graph.read_nodes(PERSON, ("name",)), graph.read_nodes(GENRE), graph.read_nodes(TAG)
    shown = np.where(people.columns["name"].astype(bool), people.columns["name"], people.keys)
    known = movies.columns["year"] != MISSING_INT
    years, year_of = np.unique(movies.columns["year"][known], return_inverse=True)
    first_genre, first_tag = len(people), len(people) + len(genres)
    return Content(
        len(movies),
        np.concatenate([shown, genres.keys, tags.keys, years.astype(str).astype(object)]),
        {
            Description.DIRECTOR: _credits(graph, DIRECTED, people, movies, shown),
            Description.ACTOR: _credits(graph, ACTED_IN, people, movies, shown).leading(_MAX_ACTORS),
            Description.TAG: _tags(graph, movies, tags, first_tag),
            Description.GENRE: _genres(graph, movies, genres, first_genre),
            Description.YEAR: Pairs(np.flatnonzero(known), year_of + first_tag + len(tags)),
        },
    )


def _credits(graph: Graph, kind: EdgeKind, people: NodeTable, movies: NodeTable, shown: Array) -> Pairs:
    """The people of each movie, in the relationship's order where it has one, then by name."""
    properties = [property_.name for property_ in kind.properties if property_.name == "order"]
    found = EdgeBatch.concatenate(list(graph.read_edges(kind, people, movies, properties)), kind, properties)
    orders = found.columns["order"] if properties else np.zeros(len(found), np.int64)
    orders = np.where(orders == MISSING_INT, np.iinfo(np.int64).max, orders)
    order = np.lexsort((_places(shown)[found.sources], orders, found.targets))
    return Pairs(found.targets[order], found.sources[order])


def _genres(graph: Graph, movies: NodeTable, genres: NodeTable, first: int) -> Pairs:
    found = EdgeBatch.concatenate(list(graph.read_edges(IN_GENRE, movies, genres)), IN_GENRE)
    order = np.lexsort((_places(genres.keys)[found.targets], found.sources))
    return Pairs(found.sources[order], found.targets[order] + first)


def _tags(graph: Graph, movies: NodeTable, tags: NodeTable, first: int) -> Pairs:
    """The tags that most people gave a movie, and of equal ones those of most movies; one movie's own are left out.

    Batch by batch, which holds all tags of its movies: there may be many millions.
    """
    degrees = graph.count_edges_by_target(HAS_TAG, tags)
    kept = [Pairs(np.empty(0, np.int64), np.empty(0, np.int64))]
    for batch in graph.read_edges(HAS_TAG, movies, tags, ("count",)):
        order = np.lexsort(
            (batch.targets, -degrees[batch.targets], -np.maximum(batch.columns["count"], 0), batch.sources)
        )
        order = order[degrees[batch.targets[order]] > 1]
        kept.append(Pairs(batch.sources[order], batch.targets[order] + first).leading(_MAX_TAGS))
    return Pairs(np.concatenate([p.movies for p in kept]), np.concatenate([p.nodes for p in kept]))


def _places(names: Array) -> npt.NDArray[np.int64]:
    """The place of each name in alphabetical order, equal names at one: int64[n]."""
    return np.unique(names, return_inverse=True)[1].astype(np.int64) if len(names) else np.empty(0, np.int64)
