"""What every family of models has in common: a batch of users in, unit vectors and a loss out, an export at the end."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from services.trainer.data.batches import Batch
from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import Scores
from services.trainer.families.losses import LOSSES, Scored
from services.trainer.families.space import COMMON, Space
from shared.ids import Rows
from shared.jobs import Loss
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

    def on(self, fold: Fold) -> Scores:
        """Scores for the users of a fold, in the form in which each would be served: a new one by what they like."""
        if fold.histories is None:
            return self.scorer(fold.likes)
        return replace(self, users=None).scorer(fold.histories)

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
    objective: Loss

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
        """The recipe's loss (`losses`) on a batch, users weighted with n_u ^ -user_power. A scalar, lower is better."""
        users, movies = self(batch)  # [b, d], [n_movies, d]
        counts = torch.from_numpy(batch.targets.lengths()).to(self.device, torch.float32)  # [b]
        weights = counts.clamp(min=1) ** -user_power  # [b]
        scored = Scored(users / self.temperature, movies, self.bias, weights, counts)
        return LOSSES[self.objective](scored, batch)

    def weight(self, batch: Batch, user_power: float) -> float:
        """sum_u n_u w_u, what `loss` divides by: the loss of two batches in one is the mean of theirs, so weighted."""
        counts = batch.targets.lengths().astype(np.float64)  # [b]
        return float((counts * np.maximum(counts, 1) ** -user_power).sum())


def to_numpy(tensor: Tensor) -> Floats:
    """A tensor's values: float32, on the CPU."""
    return np.ascontiguousarray(tensor.detach().cpu().numpy(), dtype=np.float32)
