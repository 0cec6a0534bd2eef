"""Movies that nobody liked yet get their vectors from what describes them: genres, years, people, tags.

A ridge regression gives every content node a vector, from the movies whose vectors were learned; a movie without likes
is then one message pass over its content nodes. (Training content nodes end to end was tried and is far worse.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.linalg
import torch
from scipy.sparse import csr_array, hstack

from services.trainer.data.content import Relation
from services.trainer.families.hetero import aggregate, content_graph
from services.trainer.families.ranker import RankingModel
from shared.ids import Rows
from shared.scoring import Floats, normalise

_RIDGE: Final = 5.0  # the best on the strict cold-start split of MovieLens-1M
_MOST_NODES: Final = 4_000  # of all relations together: a dense system of so many takes a second or two


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
    learned = np.column_stack([vectors.outputs, vectors.inputs])  # [n_movies, 2 w]
    outputs, inputs = np.hsplit(predict(relations, learned, warm), 2)  # [n_movies, w] each
    outputs[:, : vectors.width] = normalise(outputs[:, : vectors.width])
    completed = replace(
        vectors,
        outputs=np.where(warm[:, None], vectors.outputs, outputs),
        inputs=np.where(warm[:, None], vectors.inputs, inputs),
        bias=np.where(warm, vectors.bias, np.minimum(vectors.bias, vectors.bias[warm].min())),
    )
    return replace(model, vectors=completed)


def predict(relations: Sequence[Relation], learned: Floats, warm: npt.NDArray[np.bool_]) -> Floats:
    """Every movie's vector from its content alone, by ridge regression on the movies in `warm`: float32[n_movies, d].

    Features are idf weights, each relation's scaled to length one, so that many tags don't drown one genre, and a one.
    """
    n_movies = len(learned)
    idf, scale = _weights(relations, warm, n_movies)
    weights = _ridge(_features(relations, idf, scale, n_movies)[warm], learned[warm])  # [nodes + 1, d]
    node_vectors = _by_relation(relations, weights)
    graph = content_graph({r.name: (r.nodes, r.described, r.n_nodes) for r in relations}, n_movies)
    total = torch.from_numpy(np.repeat(weights[-1:], n_movies, axis=0))  # [n_movies, d]
    for relation in relations:
        name = relation.name
        messages = torch.from_numpy(node_vectors[name] * idf[name][:, None])  # [n_nodes, d]
        total += aggregate(graph, f"{name}_of", messages) * torch.from_numpy(scale[name])  # [n_movies, d]
    return total.numpy()


def content_features(relations: Sequence[Relation], warm: npt.NDArray[np.bool_]) -> "csr_array[np.float32]":
    """What is known of each movie by its content, weighed by the movies in `warm`: float32[n_movies, nodes + 1]."""
    relations = _most_frequent(relations, warm)
    return _features(relations, *_weights(relations, warm, len(warm)), len(warm))


def _weights(
    relations: Sequence[Relation], warm: npt.NDArray[np.bool_], n_movies: int
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """By relation: the idf of each node, and one over the length of each movie's features, [n_movies, 1]."""
    idf = {r.name: np.log(1 + warm.sum() / r.counts(warm)).astype(np.float32) for r in relations}
    return idf, {r.name: _lengths(r, idf[r.name], n_movies) for r in relations}


def _most_frequent(relations: Sequence[Relation], warm: npt.NDArray[np.bool_]) -> list[Relation]:
    """Content nodes of at least two movies in `warm`, and more where there would be too many nodes."""
    counts = np.sort(np.concatenate([r.counts(warm) for r in relations] or [np.empty(0, np.int64)]))[::-1]
    least = max(2, int(counts[_MOST_NODES]) + 1 if len(counts) > _MOST_NODES else 0)
    return [kept for r in relations if (kept := r.frequent(warm, least)).n_nodes]


def _lengths(relation: Relation, idf: Floats, n_movies: int) -> Floats:
    """One over the length of each movie's features in a relation, 0 where it has none: float32[n_movies, 1]."""
    squares = np.bincount(relation.described, idf[relation.nodes] ** 2, n_movies)
    return np.divide(1, np.sqrt(squares), out=np.zeros(n_movies), where=squares > 0).astype(np.float32)[:, None]


def _features(
    relations: Sequence[Relation], idf: Mapping[str, Floats], scale: Mapping[str, Floats], n_movies: int
) -> "csr_array[np.float32]":
    """What a regression sees of each movie: float32[n_movies, nodes + 1], the last column a one."""
    blocks = []
    for relation in relations:
        values = idf[relation.name][relation.nodes] * scale[relation.name][relation.described, 0]
        shape = (n_movies, relation.n_nodes)
        blocks.append(csr_array((values, (relation.described, relation.nodes)), shape=shape))
    return csr_array(hstack([*blocks, csr_array(np.ones((n_movies, 1), np.float32))]))


def _ridge(features: "csr_array[np.float32]", targets: Floats) -> Floats:
    """(F'F + ridge I)^-1 F'Y: float32[features, d]."""
    gram = (features.T @ features).toarray() + _RIDGE * np.eye(features.shape[1], dtype=np.float32)
    return scipy.linalg.solve(gram, features.T @ targets, assume_a="pos").astype(np.float32, copy=False)


def _by_relation(relations: Sequence[Relation], weights: Floats) -> Mapping[str, Floats]:
    """The rows of `weights` [nodes + 1, d] that belong to each relation."""
    ends = np.cumsum([r.n_nodes for r in relations])
    return {r.name: weights[end - r.n_nodes : end] for r, end in zip(relations, ends, strict=True)}
