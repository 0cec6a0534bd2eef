"""The losses that sample, against what they are written out."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it

from services.trainer.data.batches import Batch
from services.trainer.data.lists import UserLists
from services.trainer.families.losses import Scored, bpr, full_softmax, sampled_softmax

TARGETS = UserLists(np.array([0, 2, 3]), np.array([0, 3, 1]), n_movies=5)  # the first user likes two, the second one
WEIGHTS = torch.tensor([2**-0.5, 1.0])


@pytest.fixture
def scored() -> Scored:
    generator = torch.Generator().manual_seed(4)
    users, movies, bias = (torch.randn(shape, generator=generator) for shape in ((2, 3), (5, 3), (5,)))
    return Scored(users.requires_grad_(), movies, bias, WEIGHTS, torch.tensor([2.0, 1.0]))


def scores(scored: Scored) -> torch.Tensor:
    return scored.users @ scored.movies.T + scored.bias  # [2, 5]


def weighted(first: torch.Tensor, second: torch.Tensor, third: torch.Tensor) -> float:
    """Of the likes of movies 0 and 3 by the first user, and 1 by the second."""
    weight = 2**-0.5
    return ((weight * (first + second) + third) / (2 * weight + 1)).item()


def batch(negatives: list[int]) -> Batch:
    return Batch(np.array([0, 1]), TARGETS, TARGETS, np.array(negatives))


def test_each_sampled_movie_stands_for_its_part_of_the_others(scored: Scored) -> None:
    s = scores(scored)

    def each(user: int, movie: int) -> torch.Tensor:
        others = (4 / 2) * s[user, [2, 4]].exp().sum()  # two movies for the four others
        return torch.log(s[user, movie].exp() + others) - s[user, movie]

    found = sampled_softmax(scored, batch([2, 4]))

    assert found.item() == pytest.approx(weighted(each(0, 0), each(0, 3), each(1, 1)), rel=1e-5)


def test_with_many_samples_it_is_nearly_the_full_softmax(scored: Scored) -> None:
    negatives = np.repeat(np.arange(5), 100).tolist()

    found, full = sampled_softmax(scored, batch(negatives)), full_softmax(scored, batch([]))

    assert found.item() > full.item()  # a like is there twice: itself, and drawn
    assert found.item() < full.item() + math.log(2)


def test_bpr_compares_each_like_with_its_own_movie(scored: Scored) -> None:
    s = scores(scored)

    found = bpr(scored, batch([2, 1, 4]))

    expected = weighted(F.softplus(s[0, 2] - s[0, 0]), F.softplus(s[0, 1] - s[0, 3]), F.softplus(s[1, 4] - s[1, 1]))
    assert found.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("loss", [bpr, sampled_softmax])
def test_a_step_down_the_gradient_lowers_the_loss(loss: type, scored: Scored) -> None:
    before = loss(scored, batch([2, 1, 4]))
    (gradient,) = torch.autograd.grad(before, scored.users)

    stepped = Scored(scored.users - 0.01 * gradient, scored.movies, scored.bias, scored.weights, scored.counts)

    assert loss(stepped, batch([2, 1, 4])) < before
