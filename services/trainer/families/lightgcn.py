"""LightGCN (He et al., SIGIR 2020) with a softmax: each user and movie has a vector, and they spread over the graph.

The whole graph is propagated through at every step: h_dst = d_dst^-1/2 sum(d_src^-1/2 h_src); the output is the sum of
all layers.
"""

from typing import ClassVar

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor, nn

from services.trainer.data.batches import Batch
from services.trainer.data.lists import UserLists
from services.trainer.families.by_id import IdRanker, power
from services.trainer.families.hetero import aggregate, likes_graph, users_block
from services.trainer.families.space import PROPAGATING, Space
from services.trainer.families.start import Start
from services.trainer.recipe import Recipe


class LightGCN(IdRanker):
    """Nothing is learned but the vectors."""

    space: ClassVar[Space] = PROPAGATING
    user_scale: Tensor
    movie_scale: Tensor

    def __init__(self, likes: UserLists, recipe: Recipe, start: Start, device: torch.device) -> None:
        super().__init__(likes, recipe, device)
        self.layers = recipe.layers
        self._graph = likes_graph(likes, device)
        self.users = nn.Parameter(torch.from_numpy(start.users).to(device).clone())  # [n_users, d]
        self.movies = nn.Parameter(torch.from_numpy(start.movies).to(device).clone())  # [n_movies, d]
        self.register_buffer("user_scale", power(likes.lengths(), -0.5).to(device))  # [n_users, 1]
        self.register_buffer("movie_scale", power(likes.counts(), -0.5).to(device))  # [n_movies, 1]

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Unit vectors of the batch's users [b, d] and of all movies [n_movies, d]."""
        movies, below = self._propagate()
        rows = torch.from_numpy(batch.users).to(self.device)  # [b]
        sums = aggregate(users_block(batch.targets, self.device), "liked_by", below * self.movie_scale)  # [b, d]
        return F.normalize(self.users[rows] + sums * self.user_scale[rows], dim=1), F.normalize(movies, dim=1)

    def _propagate(self) -> tuple[Tensor, Tensor]:
        """The sums of the movies' layers, all and all but the last: [n_movies, d] each.

        A user's layers above the lowest add up to one message pass over the sum of the movies' layers below, which is
        all that a batch needs of its users.
        """
        users: Tensor = self.users  # [n_users, d]
        layers: list[Tensor] = [self.movies]  # [n_movies, d] each
        for layer in range(self.layers):
            layers.append(aggregate(self._graph, "likes", users * self.user_scale) * self.movie_scale)  # [n_movies, d]
            if layer + 1 < self.layers:
                users = aggregate(self._graph, "liked_by", layers[layer] * self.movie_scale) * self.user_scale
        below = torch.stack(layers[:-1]).sum(0)
        return below + layers[-1], below

    def vectors(self) -> tuple[Tensor, Tensor]:
        """All users [n_users, d] and all movies [n_movies, d]."""
        movies, below = self._propagate()
        users = self.users + aggregate(self._graph, "liked_by", below * self.movie_scale) * self.user_scale
        return users, movies
