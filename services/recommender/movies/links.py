"""What movies are connected with by name: genres, tags, people."""

from dataclasses import dataclass

import numpy as np

from shared.graph import EdgeBatch, Graph, NodeTable
from shared.ids import Rows
from shared.schema import MISSING_INT, PERSON, EdgeKind

Names = list[list[str]]
"""For each movie's row the names of what it is connected with."""


@dataclass(frozen=True, slots=True)
class Links:
    """The relationships of one kind between n movies and what has names: m pairs, a movie's leading ones first.

    Attributes:
        length: n.
        movies: int64[m], rows of the movies, ascending.
        others: int64[m], places in `names`.
        names: of what they lead to.
    """

    length: int
    movies: Rows
    others: Rows
    names: list[str]

    def of_each(self) -> Names:
        """The names of each movie."""
        found: Names = [[] for _ in range(self.length)]
        for movie, other in zip(self.movies.tolist(), self.others.tolist(), strict=True):
            found[movie].append(self.names[other])
        return found


def read_links(graph: Graph, kind: EdgeKind, movies: NodeTable, others: NodeTable | None = None) -> Links:
    """All relationships of a kind at whose one end are movies.

    Those of a movie come in their order or, where they have a count, the largest first; equal ones by name.

    `others` are the nodes at the other end, if they were read before.
    """
    from_movies = kind.source is movies.kind
    if others is None:
        others = graph.read_nodes(kind.target if from_movies else kind.source)
    ends = (movies, others) if from_movies else (others, movies)
    properties = [property_.name for property_ in kind.properties if property_.name in {"order", "count"}]
    edges = EdgeBatch.concatenate(list(graph.read_edges(kind, *ends, properties)), kind, properties)
    rows, places = (edges.sources, edges.targets) if from_movies else (edges.targets, edges.sources)
    names = _names(others)
    rank = np.empty(len(names), np.int64)
    rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    keys = [rank[places], rows]
    if properties == ["order"]:
        orders = edges.columns["order"]
        keys.insert(1, np.where(orders == MISSING_INT, np.iinfo(np.int64).max, orders))
    elif properties:
        keys.insert(1, -np.maximum(edges.columns["count"], 0))
    order = np.lexsort(keys)
    return Links(len(movies), rows[order], places[order], names)


def _names(nodes: NodeTable) -> list[str]:
    keys: list[str] = nodes.keys.tolist()
    if nodes.kind is not PERSON:
        return keys
    return [name or key for name, key in zip(nodes.columns["name"].tolist(), keys, strict=True)]
