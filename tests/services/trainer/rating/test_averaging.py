"""The running mean of weights."""

import pytest
import torch
from torch import nn

from services.trainer.rating.averaging import RunningMean


def test_the_mean_follows_closely_at_first_and_slowly_later() -> None:
    weight = nn.Parameter(torch.tensor([0.0]))
    mean = RunningMean([weight], keep=0.75)

    weight.data = torch.tensor([1.0])
    mean.update(1)  # keeps 1 / 10
    assert mean.means[0].item() == pytest.approx(0.9)
    weight.data = torch.tensor([0.0])
    mean.update(1_000)  # keeps .75
    assert mean.means[0].item() == pytest.approx(0.675)


def test_the_weights_come_back_after_the_mean_has_stood_in() -> None:
    weight = nn.Parameter(torch.tensor([1.0]))
    mean = RunningMean([weight], keep=0.5)
    weight.data = torch.tensor([3.0])

    with mean.in_place():
        assert weight.item() == 1.0

    assert weight.item() == 3.0
