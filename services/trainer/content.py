"""Movies that nobody liked yet get their vectors from what describes them: genres, years, people, tags.

A ridge regression gives every content node a vector, from the movies whose vectors were learned; a movie without likes
is then one message pass over its content nodes. (Training content nodes end to end was tried and is far worse.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.linalg
import torch
from scipy.sparse import csr_array, hstack

from services.trainer.hetero import aggregate, content_graph
from services.trainer.ranker import RankingModel
from shared.graph.port import Array, EdgeBatch, Graph
from shared.ids import IdMap, Rows
from shared.schema import ACTED_IN, DIRECTED, HAS_TAG, IN_GENRE, MOVIE, RELEASED_IN, EdgeKind
from shared.scoring import Floats, normalise

RELATIONS: Final[tuple[EdgeKind, ...]] = (IN_GENRE, RELEASED_IN, HAS_TAG, ACTED_IN, DIRECTED)
_RIDGE: Final = 5.0  # the best on the strict cold-start split of MovieLens-1M
_MOST_NODES: Final = 4_000  # of all relations together: a dense system of so many takes a second or two


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


def complete(model: RankingModel, relations: Sequence[Relation], liked: Rows) -> RankingModel:
    """The model with predicted vectors, and the lowest of biases, for movies that nobody liked.

    They are similar to what their content says, and are recommended to those whose taste they match well. (Predicting
    their biases too ranked them far too high: it cost 3% of NDCG@20 on MovieLens-100K.)

    Args:
        model: as trained.
        relations: what describes movies.
        liked: int64[n_movies], likes of each movie that the model was trained on.
    """
    warm = liked > 0
    relations = _most_frequent(relations, warm)
    if warm.all() or not relations:
        return model
    vectors = model.vectors
    learned = np.column_stack([vectors.outputs, vectors.inputs])  # [n_movies, 2 d]
    outputs, inputs = np.hsplit(predict(relations, learned, warm), 2)  # [n_movies, d] each
    completed = replace(
        vectors,
        outputs=np.where(warm[:, None], vectors.outputs, normalise(outputs)),
        inputs=np.where(warm[:, None], vectors.inputs, inputs),
        bias=np.where(warm, vectors.bias, np.minimum(vectors.bias, vectors.bias[warm].min())),
    )
    return replace(model, vectors=completed)


def predict(relations: Sequence[Relation], learned: Floats, warm: npt.NDArray[np.bool_]) -> Floats:
    """Every movie's vector from its content alone, by ridge regression on the movies in `warm`: float32[n_movies, d].

    Features are idf weights, each relation's scaled to length one, so that many tags don't drown one genre, and a one.
    """
    n_movies = len(learned)
    idf = {r.name: np.log(1 + warm.sum() / r.counts(warm)).astype(np.float32) for r in relations}
    scale = {r.name: _lengths(r, idf[r.name], n_movies) for r in relations}  # [n_movies, 1]
    weights = _ridge(_features(relations, idf, scale, n_movies)[warm], learned[warm])  # [nodes + 1, d]
    node_vectors = _by_relation(relations, weights)
    graph = content_graph({r.name: (r.nodes, r.movies, r.n_nodes) for r in relations}, n_movies)
    total = torch.from_numpy(np.repeat(weights[-1:], n_movies, axis=0))  # [n_movies, d]
    for relation in relations:
        name = relation.name
        messages = torch.from_numpy(node_vectors[name] * idf[name][:, None])  # [n_nodes, d]
        total += aggregate(graph, f"{name}_of", messages) * torch.from_numpy(scale[name])  # [n_movies, d]
    return total.numpy()


def _most_frequent(relations: Sequence[Relation], warm: npt.NDArray[np.bool_]) -> list[Relation]:
    """Content nodes of at least two movies in `warm`, and more where there would be too many nodes."""
    counts = np.sort(np.concatenate([r.counts(warm) for r in relations] or [np.empty(0, np.int64)]))[::-1]
    least = max(2, int(counts[_MOST_NODES]) + 1 if len(counts) > _MOST_NODES else 0)
    return [kept for r in relations if (kept := r.frequent(warm, least)).n_nodes]


def _lengths(relation: Relation, idf: Floats, n_movies: int) -> Floats:
    """One over the length of each movie's features in a relation, 0 where it has none: float32[n_movies, 1]."""
    squares = np.bincount(relation.movies, idf[relation.nodes] ** 2, n_movies)
    return np.divide(1, np.sqrt(squares), out=np.zeros(n_movies), where=squares > 0).astype(np.float32)[:, None]


def _features(
    relations: Sequence[Relation], idf: Mapping[str, Floats], scale: Mapping[str, Floats], n_movies: int
) -> "csr_array[np.float32]":
    """What a regression sees of each movie: float32[n_movies, nodes + 1], the last column a one."""
    blocks = []
    for relation in relations:
        values = idf[relation.name][relation.nodes] * scale[relation.name][relation.movies, 0]
        shape = (n_movies, relation.n_nodes)
        blocks.append(csr_array((values, (relation.movies, relation.nodes)), shape=shape))
    return csr_array(hstack([*blocks, csr_array(np.ones((n_movies, 1), np.float32))]))


def _ridge(features: "csr_array[np.float32]", targets: Floats) -> Floats:
    """(F'F + ridge I)^-1 F'Y: float32[features, d]."""
    gram = (features.T @ features).toarray() + _RIDGE * np.eye(features.shape[1], dtype=np.float32)
    return scipy.linalg.solve(gram, features.T @ targets, assume_a="pos").astype(np.float32, copy=False)


def _by_relation(relations: Sequence[Relation], weights: Floats) -> Mapping[str, Floats]:
    """The rows of `weights` [nodes + 1, d] that belong to each relation."""
    ends = np.cumsum([r.n_nodes for r in relations])
    return {r.name: weights[end - r.n_nodes : end] for r, end in zip(relations, ends, strict=True)}
