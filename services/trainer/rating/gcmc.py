"""Graph convolutional matrix completion (van den Berg et al., KDD 2018), with users who need no vector of their own.

A relation for each level of rating, both ways. Differences from the paper: users have no features, since what is known
of a user in serving is what they rated; a prior stands beside what they rated, so that someone who has rated nothing
yet is someone, too; and a rating is predicted from a graph that does not hold it, since in serving none does.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor, nn

from services.trainer.data.content import Relation
from services.trainer.data.ratings import Ratings
from services.trainer.families.hetero import HeteroGraph, aggregate, content_graph, placed, ratings_graph
from services.trainer.families.ranker import to_numpy
from services.trainer.rating.recipe import RatingRecipe
from shared.rating import RatingVectors, RatingWeights, nearest_level

_CONTENT_WIDTH = 10  # of what genres and the like say of a movie, before it is mixed in


class RatingsGraph:
    """Some ratings as message passing: sums over neighbours by level, and how many neighbours there are."""

    def __init__(self, ratings: Ratings, levels: Sequence[float], device: torch.device) -> None:
        numbers = nearest_level(np.asarray(levels), ratings.stars)
        sizes = (ratings.n_users, ratings.n_movies, len(levels))
        self.graph: HeteroGraph = ratings_graph(ratings.users, ratings.movies, numbers, sizes, device)
        self.of_users = _counts(ratings.users, ratings.n_users, device)  # [n_users, 1]
        self.of_movies = _counts(ratings.movies, ratings.n_movies, device)  # [n_movies, 1]


class GCMC(nn.Module):
    """The autoencoder: users and movies from a graph of ratings, logits of levels from pairs of them."""

    ordinal: Tensor

    def __init__(
        self,
        ratings: Ratings,
        levels: Sequence[float],
        content: Sequence[Relation],
        recipe: RatingRecipe,
        device: torch.device,
    ) -> None:
        super().__init__()
        self.levels = list(levels)
        n_levels, d, h = len(levels), recipe.width, max(1, recipe.hidden // len(levels))
        random = torch.Generator().manual_seed(recipe.seed)

        def normal(*shape: int, std: float) -> nn.Parameter:
            return nn.Parameter((torch.randn(*shape, generator=random) * std).to(device))

        self.register_buffer("ordinal", torch.ones(n_levels, n_levels, device=device).tril())  # [L, L]
        self.movies = normal(n_levels, ratings.n_movies, h, std=(2 / (ratings.n_movies + h)) ** 0.5)
        self.users = normal(n_levels, ratings.n_users, h, std=(2 / (ratings.n_users + h)) ** 0.5)
        self.prior = normal(n_levels * h, std=0.01)
        self.log_prior_weight = nn.Parameter(torch.zeros((), device=device))
        self.user_dense = normal(n_levels * h, d, std=(2 / (n_levels * h + d)) ** 0.5)
        self.movie_dense = normal(n_levels * h, d, std=(2 / (n_levels * h + d)) ** 0.5)
        self.bases = nn.Parameter(torch.stack([_orthogonal(d, random) for _ in range(recipe.bases)]).to(device))
        self.output_mix = normal(n_levels, recipe.bases, std=(2 / (n_levels + recipe.bases)) ** 0.5)
        self.relations = {r.name: (r.nodes, r.described, r.n_nodes) for r in content if r.n_nodes}
        self.content = nn.ParameterDict(
            {name: normal(nodes, _CONTENT_WIDTH, std=0.3) for name, (_, _, nodes) in self.relations.items()}
        )
        self.content_dense = normal(_CONTENT_WIDTH, d, std=(2 / (_CONTENT_WIDTH + d)) ** 0.5)
        self.content_graph = placed(content_graph(self.relations, ratings.n_movies), device) if self.relations else None

    def forward(self, graph: RatingsGraph, dropouts: "Dropouts") -> tuple[Tensor, Tensor]:
        """Users [n_users, d] and output vectors of movies [B, n_movies, d]."""
        sums = self._sums(graph, "got", dropouts.nodes(self._by_level(self.movies)))  # [n_users, L h]
        weight = self.log_prior_weight.exp()
        means = (weight * self.prior + sums) / (weight + graph.of_users)  # [n_users, L h]
        users = dropouts.entries(F.relu(means)) @ self.user_dense  # [n_users, d]
        return users, self._outputs(graph, dropouts)

    def nobody(self) -> Tensor:
        """The vector of someone who has rated nothing: [d]."""
        found: Tensor = F.relu(self.prior) @ self.user_dense
        return found

    def _by_level(self, vectors: Tensor) -> Tensor:
        """[L, n, h], each level's vectors with those of the levels below it added: what is rare learns from those."""
        return torch.einsum("lk,knh->lnh", self.ordinal, vectors)

    def _sums(self, graph: RatingsGraph, relation: str, vectors: Tensor) -> Tensor:
        """Of the neighbours' vectors [L, n, h], each level's by the relation of that level: [destinations, L h]."""
        return torch.cat([aggregate(graph.graph, f"{relation}_{level}", of) for level, of in enumerate(vectors)], 1)

    def _outputs(self, graph: RatingsGraph, dropouts: "Dropouts") -> Tensor:
        """[B, n_movies, d]: the means over a movie's users, level by level, and what describes it."""
        sums = self._sums(graph, "gave", dropouts.nodes(self._by_level(self.users)))  # [n_movies, L h]
        means = sums / graph.of_movies.clamp(min=1)  # [n_movies, L h]
        movies = dropouts.entries(F.relu(means)) @ self.movie_dense  # [n_movies, d]
        if self.content_graph is not None:
            described = [aggregate(self.content_graph, f"{name}_of", self.content[name]) for name in self.relations]
            movies = movies + dropouts.entries(F.relu(torch.stack(described).sum(0))) @ self.content_dense
        return movies @ self.bases  # [B, n_movies, d]

    def logits(self, products: Tensor) -> Tensor:
        """Of the products of users with the output vectors of movies [B, n]: [n, L]."""
        return products.T @ self.output_mix.T

    @torch.no_grad()
    def export(self, graph: RatingsGraph) -> RatingVectors:
        """As it is served: nothing but arrays, with movies' vectors as all ratings in `graph` make them."""
        inputs, outputs = self._by_level(self.movies), self._outputs(graph, Dropouts.none())  # [L, n, h], [B, n, d]
        weights = RatingWeights(
            levels=np.array(self.levels, np.float32),
            prior=to_numpy(self.prior),
            prior_weight=float(self.log_prior_weight.exp()),
            dense=to_numpy(self.user_dense),
            output_mix=to_numpy(self.output_mix),
        )
        return RatingVectors(to_numpy(_flat(inputs)), to_numpy(_flat(outputs)), weights)


class Dropouts:
    """What a step leaves out at random, from a seed of its own."""

    def __init__(self, of_nodes: float, of_entries: float, seed: int) -> None:
        self._nodes, self._entries = of_nodes, of_entries
        self._random = torch.Generator().manual_seed(seed)

    @classmethod
    def none(cls) -> "Dropouts":
        """Leave nothing out."""
        return cls(0, 0, 0)

    def nodes(self, vectors: Tensor) -> Tensor:
        """[L, n, d] with the vectors of some nodes zero on all levels, and the others larger in turn."""
        return vectors * self._mask(self._nodes, (vectors.shape[1], 1), vectors) if self._nodes else vectors

    def entries(self, matrix: Tensor) -> Tensor:
        """[n, d] with some entries zero, and the others larger in turn."""
        return matrix * self._mask(self._entries, tuple(matrix.shape), matrix) if self._entries else matrix

    def _mask(self, part: float, shape: tuple[int, ...], like: Tensor) -> Tensor:
        return ((torch.rand(shape, generator=self._random) >= part) / (1 - part)).to(like.device)


def _counts(rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]], size: int, device: torch.device) -> Tensor:
    return torch.from_numpy(np.bincount(rows, minlength=size).astype(np.float32))[:, None].to(device)


def _flat(vectors: Tensor) -> Tensor:
    """[k, n, d] to [n, k d]."""
    return vectors.transpose(0, 1).reshape(vectors.shape[1], -1)


def _orthogonal(width: int, random: torch.Generator) -> Tensor:
    found: Tensor = torch.linalg.qr(torch.randn(width, width, generator=random))[0]
    return found
