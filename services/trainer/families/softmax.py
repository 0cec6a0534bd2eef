"""The full softmax over all movies without its matrix: a few users' logits at a time, and their gradients with them.

torch's own way keeps the logits of the whole batch three times over (for 8,192 users and 27,000 movies 2.6 GB) and goes
through memory for each; here they stay in the processor's cache. It takes half the time, and the memory of 1.7 million
logits.
"""

from typing import Any, Final

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

_LOGITS_AT_ONCE: Final = 1_700_000  # 7 MB; four times as many are as fast, a quarter takes half as long again


def weighted_logsumexp(users: Tensor, movies: Tensor, bias: Tensor, weights: Tensor) -> Tensor:
    """sum_u weights_u logsumexp_j(users_u · movies_j + bias_j): a scalar.

    Args:
        users: [b, d].
        movies: [n_movies, d].
        bias: [n_movies].
        weights: [b]; no gradient reaches them.
    """
    total: Tensor = _WeightedLogSumExp.apply(users, movies, bias, weights)  # type: ignore[no-untyped-call]  # torch's
    return total


class _WeightedLogSumExp(Function):
    """Its gradients are those of the softmax, so they are at hand once it is computed."""

    @staticmethod
    def forward(ctx: Any, users: Tensor, movies: Tensor, bias: Tensor, weights: Tensor) -> Tensor:  # noqa: ANN401 - torch's
        extended = torch.cat([movies, bias[:, None]], dim=1)  # [n_movies, d + 1]
        of_users = torch.empty_like(users)  # [b, d]
        of_movies = torch.zeros_like(extended)  # [n_movies, d + 1]
        total = users.new_zeros(())
        at_once = max(1, _LOGITS_AT_ONCE // len(movies))
        buffer = users.new_empty(min(at_once, len(users)), len(movies))
        ones = users.new_ones(len(buffer), 1)
        for start in range(0, len(users), at_once):
            part = slice(start, start + at_once)
            some = torch.cat([users[part], ones[: len(users[part])]], dim=1)  # [s, d + 1]
            logits = torch.mm(some, extended.T, out=buffer[: len(some)])  # [s, n_movies]
            largest = logits.amax(1, keepdim=True)  # [s, 1]
            exponentials = logits.sub_(largest).exp_()  # [s, n_movies]
            sums = exponentials.sum(1, keepdim=True)  # [s, 1]
            total += weights[part] @ (sums.log() + largest)[:, 0]
            scale = weights[part, None] / sums  # [s, 1]
            of_users[part] = (exponentials @ movies) * scale
            of_movies.addmm_(exponentials.T, some * scale)
        ctx.save_for_backward(of_users, of_movies)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:  # noqa: ANN401 - torch's
        of_users, of_movies = ctx.saved_tensors
        return gradient * of_users, gradient * of_movies[:, :-1], gradient * of_movies[:, -1], None
