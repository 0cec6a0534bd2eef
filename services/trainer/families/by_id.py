"""What the families that know their users by id have in common: how they are exported, and how strangers get in."""

from abc import abstractmethod

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor, nn

from services.trainer.data.lists import UserLists
from services.trainer.families.ranker import Ranker, RankingModel, to_numpy
from services.trainer.recipe import Recipe
from shared.ids import Rows
from shared.models import UserForm
from shared.scoring import MovieVectors


class IdRanker(Ranker):
    """Users and movies by id."""

    user_form = UserForm.ID
    fold_in: Tensor

    def __init__(self, likes: UserLists, recipe: Recipe, device: torch.device) -> None:
        super().__init__()
        self.temperature = recipe.temperature
        self.objective = recipe.loss
        self.bias = nn.Parameter(torch.zeros(likes.n_movies, device=device))  # [n_movies]
        self.register_buffer("fold_in", power(likes.counts(), -recipe.degree_power).to(device))  # [n_movies, 1]

    @abstractmethod
    def vectors(self) -> tuple[Tensor, Tensor]:
        """All users [n_users, d] and all movies [n_movies, d], of any length."""

    @torch.no_grad()
    def export(self) -> RankingModel:
        """Users by id. Who is unknown is folded in as the sum of d_i^-beta v_i over the movies they liked."""
        users, movies = (F.normalize(vectors, dim=1) for vectors in self.vectors())
        vectors = MovieVectors(
            outputs=to_numpy(movies),
            inputs=to_numpy(movies * self.fold_in),
            bias=to_numpy(self.bias),
            temperature=self.temperature,
        )
        return RankingModel(vectors, to_numpy(users))


def power(counts: Rows, exponent: float) -> Tensor:
    """float32[n, 1]; what has no likes counts as having one."""
    return torch.from_numpy(np.maximum(counts, 1).astype(np.float32) ** exponent)[:, None]
