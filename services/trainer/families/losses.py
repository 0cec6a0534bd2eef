"""What a ranking model learns from: losses over the scores s_uj = cos(u, v_j) / temperature + b_j.

Each is a mean over the likes (u, i) of a batch, weighted with w_u = n_u ^ -user_power; n_u counts the user's likes:

- `softmax`: log sum_j exp(s_uj) - s_ui, over all movies j. Nothing is sampled.
- `sampled-softmax`: the same with the sum over the other movies estimated from some that are drawn evenly: each stands
  for as many as there are movies to one that was drawn (the correction by logQ of Bengio and Senécal, 2008).
- `bpr`: log(1 + exp(s_uj - s_ui)) against one movie j that the user does not like (Rendle et al., UAI 2009).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor

from services.trainer.data.batches import Batch
from services.trainer.families.hetero import aggregate, dot, users_block
from services.trainer.families.softmax import weighted_logsumexp
from shared.jobs import Loss


@dataclass(frozen=True, slots=True)
class Scored:
    """What a loss sees of a model.

    Attributes:
        users: [b, d], the batch's, of length one over the temperature.
        movies: [n_movies, d], of length one.
        bias: [n_movies].
        weights: [b], w_u.
        counts: [b], n_u.
    """

    users: Tensor
    movies: Tensor
    bias: Tensor
    weights: Tensor
    counts: Tensor

    def extended(self) -> tuple[Tensor, Tensor]:
        """Users with a one beside them [b, d + 1] and movies with their bias [n_movies, d + 1]."""
        ones = self.users.new_ones(len(self.users), 1)
        return torch.cat([self.users, ones], dim=1), torch.cat([self.movies, self.bias[:, None]], dim=1)


def full_softmax(scored: Scored, batch: Batch) -> Tensor:
    """Over all movies, one row of logits a user for all their targets. A scalar, lower is better."""
    # A user's targets' logits add up to their vector times the targets' sum: one more message pass, and no gather.
    users, movies = scored.extended()  # [b, d + 1], [n_movies, d + 1]
    sums = aggregate(users_block(batch.targets, users.device), "liked_by", movies)  # [b, d + 1]
    positive = (users * sums).sum(1)  # [b]
    weights = scored.weights * scored.counts  # [b]
    normaliser = weighted_logsumexp(scored.users, scored.movies, scored.bias, weights)
    loss: Tensor = (normaliser - scored.weights @ positive) / weights.sum()
    return loss


def sampled_softmax(scored: Scored, batch: Batch) -> Tensor:
    """Against `batch.negatives`, which all users share. A scalar, lower is better."""
    users, movies = scored.extended()  # [b, d + 1], [n_movies, d + 1]
    negatives = torch.from_numpy(batch.negatives).to(users.device)  # [s]
    each_stands_for = math.log((len(movies) - 1) / len(negatives))
    others = (users @ movies[negatives].T).logsumexp(1) + each_stands_for  # [b]
    lengths = torch.from_numpy(batch.targets.lengths()).to(users.device)  # [b]
    positive = dot(users_block(batch.targets, users.device), "liked_by", movies, users)  # [likes]
    return _mean_over_likes(scored, lengths, F.softplus(others.repeat_interleave(lengths) - positive))


def bpr(scored: Scored, batch: Batch) -> Tensor:
    """Against the like's own one of `batch.negatives`. A scalar, lower is better."""
    users, movies = scored.extended()  # [b, d + 1], [n_movies, d + 1]
    unliked = replace(batch.targets, movies=batch.negatives)  # for a block the order does not matter
    lengths = torch.from_numpy(batch.targets.lengths()).to(users.device)  # [b]
    positive, negative = (
        dot(users_block(lists, users.device), "liked_by", movies, users) for lists in (batch.targets, unliked)
    )  # [likes] each
    return _mean_over_likes(scored, lengths, F.softplus(negative - positive))


def _mean_over_likes(scored: Scored, lengths: Tensor, losses: Tensor) -> Tensor:
    """The weighted mean of losses [likes]: a scalar."""
    weights = scored.weights.repeat_interleave(lengths)  # [likes]
    mean: Tensor = weights @ losses / weights.sum()
    return mean


LOSSES: Final[Mapping[Loss, Callable[[Scored, Batch], Tensor]]] = {
    "softmax": full_softmax,
    "sampled-softmax": sampled_softmax,
    "bpr": bpr,
}
