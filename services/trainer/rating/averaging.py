"""The running mean of a model's weights over its training (Polyak and Juditsky, 1992): better than the last ones."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Final

import torch
from torch import Tensor, nn

from services.trainer.families.stand_in import standing_in

_WARM_UP: Final = 9  # after t steps the mean goes back t / 9 steps at the most: the first ones are forgotten soon


class RunningMean:
    """Weights averaged with the weight `keep` to the power of their age in steps, at first a lower one."""

    def __init__(self, parameters: Sequence[nn.Parameter], keep: float) -> None:
        self.means: list[Tensor] = [p.detach().clone() for p in parameters]
        self._parameters = parameters
        self._keep = keep

    @torch.no_grad()
    def update(self, steps: int) -> None:
        """After so many steps."""
        keep = min(self._keep, steps / (steps + _WARM_UP))
        for mean, parameter in zip(self.means, self._parameters, strict=True):
            mean.lerp_(parameter, 1 - keep)

    def in_place(self) -> AbstractContextManager[None]:
        """The means in place of the weights, for a while."""
        # Copies: what is made of them stays as it is when the means go on.
        return standing_in((mean.clone() for mean in self.means), self._parameters)
