"""The processes that share a training: each has a part of every batch, and the gradients of all parts are added up.

Each holds all the weights and takes the same steps of Adam with the same gradients, which are those that one process
would find from the whole batch, up to rounding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import torch
import torch.distributed as dist
from torch import nn

from services.trainer.data.content import Relation
from services.trainer.data.lists import UserLists
from services.trainer.families.start import Start
from services.trainer.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a training begins from: all that another process needs to begin the same."""

    likes: UserLists
    recipe: Recipe
    start: Start
    content: tuple[Relation, ...] = ()


class SharedTraining(Protocol):
    """What a group asks of a training (see `Training`)."""

    inputs: Inputs
    steps: int

    def state(self) -> dict[str, Any]:
        """Where it stands."""


class GroupBrokenError(Exception):
    """Another process of the group is gone, or does not answer."""


class Group:
    """A process that trains alone, which is a group too: nothing is shared, and nobody is told."""

    rank: int = 0
    """The number of this process; 0 is the one that the job runs in."""
    world: int = 1
    """How many processes there are."""

    def together(self, training: SharedTraining, find_gradients: Callable[[], None]) -> None:  # noqa: ARG002 - others do
        """Have all processes find the gradients of the training's next step."""
        find_gradients()

    def add_up(self, parameters: Sequence[nn.Parameter], weight: float) -> None:
        """Put in place of the gradients of one part's mean loss those of the whole batch's, given the part's weight."""

    def forget(self, training: SharedTraining) -> None:
        """A training no longer stands where the others have it."""


ALONE: Final = Group()


class Member(Group):
    """One of several processes, once torch.distributed knows them."""

    def __init__(self, rank: int, world: int) -> None:
        self.rank = rank
        self.world = world

    @torch.no_grad()
    def add_up(self, parameters: Sequence[nn.Parameter], weight: float) -> None:
        """sum_r W_r g_r / sum_r W_r over all ranks r, all parameters and the weight in one message.

        Raises:
            GroupBrokenError: another process is gone.
        """
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = torch.cat([g.flatten() for g in gradients] + [gradients[0].new_ones(1)]) * weight  # [all + 1]
        try:
            dist.all_reduce(flat)
        except RuntimeError as error:  # gloo and NCCL say it in many ways
            raise GroupBrokenError(str(error)) from error
        flat /= flat[-1].clone()
        parts = torch.split(flat[:-1], [p.numel() for p in parameters])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part.view_as(parameter)
