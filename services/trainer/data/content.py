"""What describes movies and users, as arrays: genres, years, people, tags; gender, age, occupation."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from shared.errors import InvalidInputError
from shared.graph.port import Array, EdgeBatch, Graph, NodeTable
from shared.ids import IdMap, Rows
from shared.jobs import ContentName
from shared.schema import (
    ACTED_IN,
    DIRECTED,
    HAS_TAG,
    IN_GENRE,
    MISSING_INT,
    MOVIE,
    RELEASED_IN,
    USER,
    EdgeKind,
)

RELATIONS: Final[tuple[EdgeKind, ...]] = (IN_GENRE, RELEASED_IN, HAS_TAG, ACTED_IN, DIRECTED)
TRAITS: Final = ("gender", "age", "occupation")
"""Properties of users whose values are nodes to a model; `Relation`s of them have the same names."""

_NAMES: Final[Mapping[ContentName, tuple[str, ...]]] = {
    "genre": (IN_GENRE.type,),
    "year": (RELEASED_IN.type,),
    "tag": (HAS_TAG.type,),
    "person": (ACTED_IN.type, DIRECTED.type),
    "gender": ("gender",),
    "age": ("age",),
    "occupation": ("occupation",),
}
_AGES: Final = (18, 25, 35, 45, 50, 56)  # where MovieLens-1M's groups of ages begin, which it gives in place of ages


@dataclass(frozen=True, slots=True)
class Relation:
    """One way in which content nodes describe movies or users.

    Attributes:
        name: of the relationship's type, or of the users' property.
        nodes: int64[e], rows of content nodes.
        described: int64[e], rows of movies or of users.
        n_nodes: how many content nodes there are.
        of: which of the two it describes.
    """

    name: str
    nodes: Rows
    described: Rows
    n_nodes: int
    of: Literal["movie", "user"] = "movie"

    def frequent(self, warm: npt.NDArray[np.bool_], least: int) -> "Relation":
        """The content nodes that describe at least so many of what is in `warm`, bool[n]."""
        chosen = self.counts(warm) >= least
        kept = chosen[self.nodes]
        new_rows = np.cumsum(chosen) - 1
        return Relation(self.name, new_rows[self.nodes[kept]], self.described[kept], int(chosen.sum()), self.of)

    def counts(self, warm: npt.NDArray[np.bool_]) -> Rows:
        """How many of the movies or users in `warm` each content node describes: int64[n_nodes]."""
        return np.bincount(self.nodes[warm[self.described]], minlength=self.n_nodes)


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


def read_traits(graph: Graph, user_keys: Array) -> list[Relation]:
    """Users' gender, age and occupation. `user_keys`, object (str) [n_users], is the order of the rows of users."""
    users = graph.read_nodes(USER, TRAITS)
    rows = IdMap(user_keys).rows(users.keys.tolist())  # -1: a user who came since
    return [relation for name in TRAITS if len((relation := _trait(users, name, rows)).nodes)]


def _trait(users: NodeTable, name: str, rows: Rows) -> Relation:
    values = users.columns[name]
    if name == "age":
        known = (values != MISSING_INT) & (rows >= 0)
        found: Array = np.digitize(values[known], _AGES)
    else:
        known = np.array([value is not None for value in values], np.bool_) & (rows >= 0)
        found = values[known].astype(str)
    distinct, nodes = np.unique(found, return_inverse=True)
    return Relation(name, nodes.astype(np.int64), rows[known], len(distinct), "user")


def chosen(relations: Sequence[Relation], names: Sequence[ContentName]) -> list[Relation]:
    """The relations of these names, without nodes of a single edge, which connect nothing.

    Raises:
        InvalidInputError: there is none of a name.
    """
    picked: list[Relation] = []
    for name in names:
        found = [_connecting(relation) for relation in relations if relation.name in _NAMES[name]]
        if not any(relation.n_nodes for relation in found):
            known = ", ".join(n for n, types in _NAMES.items() if any(r.name in types for r in relations)) or "none"
            raise InvalidInputError(
                f"relations: the graph holds no {name} that two nodes share; it holds: {known}. Leave {name} out, or "
                "ingest it first."
            )
        picked += [relation for relation in found if relation.n_nodes]
    return picked


def _connecting(relation: Relation) -> Relation:
    everything = np.ones(int(relation.described.max(initial=-1)) + 1, np.bool_)
    return relation.frequent(everything, 2)


def fingerprint(relations: Sequence[Relation]) -> str:
    """SHA-256 over all of it: two contents are the same, in the same order of nodes, if theirs is."""
    digest = hashlib.sha256()
    for relation in relations:
        digest.update(f"{relation.name} {relation.n_nodes}\0".encode())
        for column in (relation.nodes, relation.described):
            digest.update(np.ascontiguousarray(column, dtype="<i8").tobytes())
    return digest.hexdigest()
