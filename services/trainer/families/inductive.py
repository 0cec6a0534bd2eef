"""The family that is the default: an encoder with two vectors a movie, and none a user.

u = normalise(sum over liked movies of d_i^-beta Q_i), score = cos(u, V_j) / temperature + b_j. Who rated a second ago,
who came without an account and who rated for ten years go through the same formula. As in FISM (Kabbur et al., KDD
2013), one vector of a movie says what it adds to a user, and the other how it is ranked for one.
"""

from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor, nn

from services.trainer.data.batches import Batch
from services.trainer.data.lists import UserLists
from services.trainer.families.hetero import aggregate, users_block
from services.trainer.families.ranker import Ranker, RankingModel, to_numpy
from services.trainer.families.space import COMMON, Between, Space
from services.trainer.families.start import Start
from services.trainer.recipe import Recipe
from shared.models import UserForm
from shared.scoring import MovieVectors


class InductiveEncoder(Ranker):
    """Users from the movies they liked, through one dgl block a batch."""

    user_form = UserForm.INDUCTIVE
    space: ClassVar[Space] = {**COMMON, "degree_power": Between(0.0, 0.6), "keep": Between(0.5, 1.0)}
    degree_weights: Tensor

    def __init__(self, likes: UserLists, recipe: Recipe, start: Start, device: torch.device) -> None:
        super().__init__()
        self.temperature = recipe.temperature
        self.objective = recipe.loss
        movies = torch.from_numpy(start.movies).to(device)  # [n_movies, d]
        self.inputs = nn.Parameter(movies.clone())  # [n_movies, d]
        self.outputs = nn.Parameter(movies.clone())  # [n_movies, d]
        self.bias = nn.Parameter(torch.zeros(likes.n_movies, device=device))  # [n_movies]
        degrees = np.maximum(likes.counts(), 1).astype(np.float32)
        weights = torch.from_numpy(degrees**-recipe.degree_power)[:, None]
        self.register_buffer("degree_weights", weights.to(device))  # [n_movies, 1]

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Unit vectors of the batch's users [b, d] and of all movies [n_movies, d]."""
        block = users_block(batch.inputs, self.device)
        sums = aggregate(block, "liked_by", self.inputs * self.degree_weights)  # [b, d]
        return F.normalize(sums, dim=1), F.normalize(self.outputs, dim=1)

    @torch.no_grad()
    def export(self) -> RankingModel:
        """The weights of the degrees are multiplied into the input vectors: serving only adds and normalises."""
        vectors = MovieVectors(
            outputs=to_numpy(F.normalize(self.outputs, dim=1)),
            inputs=to_numpy(self.inputs * self.degree_weights),
            bias=to_numpy(self.bias),
            temperature=self.temperature,
        )
        return RankingModel(vectors)
