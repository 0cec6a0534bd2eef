"""LightGCN (He et al., SIGIR 2020) with a softmax: each user and movie has a vector, and they spread over the graph.

The whole graph is propagated through at every step: h_dst = d_dst^-1/2 sum(d_src^-1/2 h_src); the output is the sum of
all layers.
"""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor, nn

from services.trainer.hetero import aggregate, likes_graph
from services.trainer.lists import UserLists
from services.trainer.ranker import Batch, Ranker, RankingModel, to_numpy
from services.trainer.recipe import Recipe
from services.trainer.start import Start
from shared.ids import Rows
from shared.models import UserForm
from shared.scoring import MovieVectors


class LightGCN(Ranker):
    """Users and movies by id."""

    user_form = UserForm.ID
    user_scale: Tensor
    movie_scale: Tensor
    fold_in: Tensor

    def __init__(self, likes: UserLists, recipe: Recipe, start: Start, device: torch.device) -> None:
        super().__init__()
        self.temperature = recipe.temperature
        self.layers = recipe.layers
        self._graph = likes_graph(likes, device)
        self.users = nn.Parameter(torch.from_numpy(start.users).to(device).clone())  # [n_users, d]
        self.movies = nn.Parameter(torch.from_numpy(start.movies).to(device).clone())  # [n_movies, d]
        self.bias = nn.Parameter(torch.zeros(likes.n_movies, device=device))  # [n_movies]
        self.register_buffer("user_scale", _power(likes.lengths(), -0.5).to(device))  # [n_users, 1]
        self.register_buffer("movie_scale", _power(likes.counts(), -0.5).to(device))  # [n_movies, 1]
        self.register_buffer("fold_in", _power(likes.counts(), -recipe.degree_power).to(device))  # [n_movies, 1]

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Unit vectors of the batch's users [b, d] and of all movies [n_movies, d]."""
        users, movies = self.propagate()
        rows = torch.from_numpy(batch.users).to(self.device)  # [b]
        return users[rows], movies

    def propagate(self) -> tuple[Tensor, Tensor]:
        """Unit vectors of all users [n_users, d] and all movies [n_movies, d], after all layers."""
        users: Tensor = self.users  # [n_users, d]
        movies: Tensor = self.movies  # [n_movies, d]
        all_users, all_movies = users, movies
        for _ in range(self.layers):
            to_users = aggregate(self._graph, "liked_by", movies * self.movie_scale) * self.user_scale  # [n_users, d]
            to_movies = aggregate(self._graph, "likes", users * self.user_scale) * self.movie_scale  # [n_movies, d]
            users, movies = to_users, to_movies
            all_users, all_movies = all_users + users, all_movies + movies
        return F.normalize(all_users, dim=1), F.normalize(all_movies, dim=1)

    @torch.no_grad()
    def export(self) -> RankingModel:
        """Users by id. Who is unknown is folded in as the sum of d_i^-beta v_i over the movies they liked."""
        users, movies = self.propagate()
        vectors = MovieVectors(
            outputs=to_numpy(movies),
            inputs=to_numpy(movies * self.fold_in),
            bias=to_numpy(self.bias),
            temperature=self.temperature,
        )
        return RankingModel(vectors, to_numpy(users))


def _power(counts: Rows, power: float) -> Tensor:
    """float32[n, 1]; what has no likes counts as having one."""
    return torch.from_numpy(np.maximum(counts, 1).astype(np.float32) ** power)[:, None]
