"""The training loop: users in batches, a loss, Adam, and the running mean of the weights, which is kept."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from services.trainer.data.batches import Batches
from services.trainer.data.content import Relation
from services.trainer.data.lists import UserLists
from services.trainer.families.ranker import RankingModel
from services.trainer.families.registry import make_ranker
from services.trainer.families.stand_in import standing_in
from services.trainer.families.start import Start, svd_start
from services.trainer.fitting.group import ALONE, Group, Inputs
from services.trainer.recipe import Recipe

OnStep = Callable[[float], None]
"""Told after each step what part is done, 0 to 1. What it raises ends the training."""


class Training:
    """One model's training on `likes`, step by step; an epoch is one pass over all users who like something.

    All that is random comes from the seed and the number of the step, so a training that goes on from a checkpoint
    ends with the same weights as one that was never stopped. Where a `group` of processes shares the work, each goes
    through the same steps with its part of each batch's users.
    """

    def __init__(
        self,
        likes: UserLists,
        recipe: Recipe,
        device: torch.device,
        start: Start | None = None,
        *,
        content: Sequence[Relation] = (),
        group: Group = ALONE,
    ) -> None:
        self.recipe = recipe
        self.steps = 0
        self._group = group
        self._batches = Batches(likes, recipe, rank=group.rank, world=group.world)
        start = start or svd_start(likes, recipe.width, recipe.seed)
        self.inputs = Inputs(likes, recipe, start, tuple(content))
        self.ranker = make_ranker(likes, recipe, start, device, content)
        self._optimiser = torch.optim.Adam(self.ranker.parameters(), lr=recipe.learning_rate, fused=True)
        self._means = [torch.zeros_like(p) for p in self.ranker.parameters()]
        self._loss = torch.zeros((), device=self.ranker.device)  # of the last step, in this process's part of it
        self._loss_sum, self._loss_steps = torch.zeros_like(self._loss), 0

    @property
    def epoch(self) -> float:
        """How many passes over all users are done."""
        return self.steps / len(self._batches)

    def run(self, on_step: OnStep = lambda _: None, *, steps: int | None = None) -> RankingModel:
        """Go on to the end, or until so many steps are done. `on_step` gets the part of them."""
        last = steps or round(self.recipe.epochs * len(self._batches))
        while self.steps < last:
            self.step()
            on_step(self.steps / last)
        return self.model()

    def step(self) -> None:
        """The next step."""
        self._group.together(self, self._find_gradients)
        self._optimiser.step()
        self._average()
        self.steps += 1
        self._loss_sum += self._loss  # no number is asked for: a GPU would be waited for
        self._loss_steps += 1

    def take_loss(self) -> float:
        """The mean loss of the steps since it was last asked for; 0 where there was none."""
        mean = float(self._loss_sum) / max(self._loss_steps, 1)
        self._loss_sum.zero_()
        self._loss_steps = 0
        return mean

    def _find_gradients(self) -> None:
        """The gradients of the whole batch's loss, whoever has which part of it."""
        batch, power = self._batches.at(self.steps), self.recipe.user_power
        self._optimiser.zero_grad(set_to_none=True)
        if len(batch.users):
            loss = self.ranker.loss(batch, power)
            loss.backward()  # type: ignore[no-untyped-call]  # torch's annotation is missing
            self._loss = loss.detach()
        self._group.add_up(list(self.ranker.parameters()), self.ranker.weight(batch, power))

    def model(self) -> RankingModel:
        """The model as it would be served now: with the running means as weights."""
        divisor = 1 - self.recipe.averaging**self.steps  # makes up for that they began at zero
        with standing_in((mean / divisor for mean in self._means), list(self.ranker.parameters())):
            return self.ranker.export()

    def state(self) -> dict[str, Any]:
        """All that `restore` needs: tensors, numbers, lists and dicts, nothing that would have to be unpickled."""
        return {
            "recipe": self.recipe.as_json(),
            "steps": self.steps,
            "ranker": self.ranker.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "means": self._means,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave, if it is of the same recipe; otherwise stay at the beginning."""
        if state["recipe"] != self.recipe.as_json():
            return
        self._group.forget(self)  # what others have of this training is of another step
        self.steps = state["steps"]
        self.ranker.load_state_dict(state["ranker"])
        self._optimiser.load_state_dict(state["optimiser"])
        for mean, stored in zip(self._means, state["means"], strict=True):
            mean.copy_(stored)

    @torch.no_grad()
    def _average(self) -> None:
        for mean, parameter in zip(self._means, self.ranker.parameters(), strict=True):
            mean.lerp_(parameter, 1 - self.recipe.averaging)
