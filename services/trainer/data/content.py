"""What describes movies, as arrays: genres, years, people, tags."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.graph.port import Array, EdgeBatch, Graph
from shared.ids import IdMap, Rows
from shared.schema import ACTED_IN, DIRECTED, HAS_TAG, IN_GENRE, MOVIE, RELEASED_IN, EdgeKind

RELATIONS: Final[tuple[EdgeKind, ...]] = (IN_GENRE, RELEASED_IN, HAS_TAG, ACTED_IN, DIRECTED)


@dataclass(frozen=True, slots=True)
class Relation:
    """One way in which content nodes describe movies.

    Attributes:
        name: of the relationship's type.
        nodes: int64[e], rows of content nodes.
        movies: int64[e], rows of movies.
        n_nodes: how many content nodes there are.
    """

    name: str
    nodes: Rows
    movies: Rows
    n_nodes: int

    def frequent(self, warm: npt.NDArray[np.bool_], least: int) -> "Relation":
        """The content nodes that describe at least so many of the movies in `warm`, bool[n_movies]."""
        counts = np.bincount(self.nodes[warm[self.movies]], minlength=self.n_nodes)
        chosen = counts >= least
        kept = chosen[self.nodes]
        new_rows = np.cumsum(chosen) - 1
        return Relation(self.name, new_rows[self.nodes[kept]], self.movies[kept], int(chosen.sum()))

    def counts(self, warm: npt.NDArray[np.bool_]) -> Rows:
        """How many of the movies in `warm` each content node describes: int64[n_nodes]."""
        return np.bincount(self.nodes[warm[self.movies]], minlength=self.n_nodes)


def read_content(graph: Graph, movie_keys: Array) -> list[Relation]:
    """What describes movies, by relation. `movie_keys`, object (str) [n_movies], is the order of the rows of movies."""
    movies = graph.read_nodes(MOVIE)
    rows = IdMap(movie_keys).rows(movies.keys.tolist())  # -1: a movie that came since
    relations = []
    for kind in RELATIONS:
        is_source = kind.source is MOVIE
        other = graph.read_nodes(kind.target if is_source else kind.source)
        ends = (movies, other) if is_source else (other, movies)
        edges = EdgeBatch.concatenate(list(graph.read_edges(kind, *ends)), kind)
        nodes, of = (edges.targets, edges.sources) if is_source else (edges.sources, edges.targets)
        known = rows[of] >= 0
        if known.any():
            relations.append(Relation(kind.type, nodes[known], rows[of][known], len(other)))
    return relations
