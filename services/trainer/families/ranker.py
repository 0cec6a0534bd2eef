"""What every family of models has in common: a batch of users in, unit vectors and a loss out, an export at the end."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from services.trainer.data.batches import Batch
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import Scores
from services.trainer.families.hetero import aggregate, users_block
from services.trainer.families.softmax import weighted_logsumexp
from services.trainer.families.space import COMMON, Space
from shared.ids import Rows
from shared.models import UserForm
from shared.scoring import MovieVectors, extend

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RankingModel:
    """A trained model as it is evaluated, written into the graph and served: arrays, no torch.

    Attributes:
        vectors: of all movies.
        users: float32[n_users, width], users known by id; None where a user is encoded from the movies they liked.
    """

    vectors: MovieVectors
    users: Floats | None = None

    def encode(self, likes: UserLists, users: Rows) -> Floats:
        """Vectors of some users, who liked `likes` (of all users): float32[len(users), width]."""
        if self.users is not None:
            return self.users[users]
        return self.vectors.encode(likes.take(users).each())

    def scorer(self, likes: UserLists) -> Scores:
        """Scores of all movies for users who liked `likes` (of all users)."""
        matrix = self.vectors.scoring_matrix()  # [width + 1, n_movies]

        def scores(users: Rows) -> Floats:
            found: Floats = extend(self.encode(likes, users)) @ matrix
            return found

        return scores


class Ranker(nn.Module, ABC):
    """A family of models: score of movie j for user u = cos(u, v_j) / temperature + bias_j."""

    user_form: ClassVar[UserForm]
    """How models of this family know a user."""
    space: ClassVar[Space] = COMMON
    """What a tuning may try."""

    bias: nn.Parameter  # [n_movies]
    temperature: float

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.bias.device

    @abstractmethod
    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Unit vectors of the batch's users [b, d] and of all movies [n_movies, d]."""

    @abstractmethod
    def export(self) -> RankingModel:
        """The model as it is served, from the parameters as they are now."""

    def loss(self, batch: Batch, user_power: float) -> Tensor:
        """Full softmax over all movies, one row of logits a user for all their targets. A scalar, lower is better.

        sum_u w_u (n_u logsumexp_j s_uj - sum_{i liked by u} s_ui) / sum_u w_u n_u with w_u = n_u ^ -user_power.
        """
        users, movies = self(batch)  # [b, d], [n_movies, d]
        scaled = users / self.temperature  # [b, d]
        # A user's targets' logits add up to their vector times the targets' sum: one more message pass, and no gather.
        extended = torch.cat([movies, self.bias[:, None]], dim=1)  # [n_movies, d + 1]
        sums = aggregate(users_block(batch.targets, self.device), "liked_by", extended)  # [b, d + 1]
        positive = (scaled * sums[:, :-1]).sum(1) + sums[:, -1]  # [b]
        counts = torch.from_numpy(batch.targets.lengths()).to(self.device, torch.float32)  # [b]
        weights = counts.clamp(min=1) ** -user_power  # [b]
        normaliser = weighted_logsumexp(scaled, movies, self.bias, weights * counts)
        loss: Tensor = (normaliser - weights @ positive) / (weights * counts).sum()
        return loss


def to_numpy(tensor: Tensor) -> Floats:
    """A tensor's values: float32, on the CPU."""
    return np.ascontiguousarray(tensor.detach().cpu().numpy(), dtype=np.float32)
