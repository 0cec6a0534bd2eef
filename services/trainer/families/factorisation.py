"""Matrix factorisation (Koren et al., 2009) with the loss of the others: a vector for each user and movie, no graph.

What another family reaches beyond it is what the graph adds.
"""

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor, nn

from services.trainer.data.batches import Batch
from services.trainer.data.lists import UserLists
from services.trainer.families.by_id import IdRanker
from services.trainer.families.start import Start
from services.trainer.recipe import Recipe


class MatrixFactorisation(IdRanker):
    """Nothing but the vectors."""

    def __init__(self, likes: UserLists, recipe: Recipe, start: Start, device: torch.device) -> None:
        super().__init__(likes, recipe, device)
        self.users = nn.Parameter(torch.from_numpy(start.users).to(device).clone())  # [n_users, d]
        self.movies = nn.Parameter(torch.from_numpy(start.movies).to(device).clone())  # [n_movies, d]

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Unit vectors of the batch's users [b, d] and of all movies [n_movies, d]."""
        rows = torch.from_numpy(batch.users).to(self.device)  # [b]
        return F.normalize(self.users[rows], dim=1), F.normalize(self.movies, dim=1)

    def vectors(self) -> tuple[Tensor, Tensor]:
        """The parameters, as they are."""
        return self.users, self.movies
