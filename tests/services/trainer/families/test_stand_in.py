import pytest
import torch
from torch import nn

from services.trainer.families.stand_in import standing_in


def test_the_weights_come_back_even_from_an_error() -> None:
    weight = nn.Parameter(torch.tensor([1.0]))
    seen = []

    def fail() -> None:
        with standing_in([torch.tensor([2.0])], [weight]):
            seen.append(weight.item())
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        fail()

    assert seen == [2.0]
    assert weight.item() == 1.0
