"""The training loop: users in batches, full softmax, Adam, and the running mean of the weights, which is kept."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from services.trainer.inductive import InductiveEncoder
from services.trainer.lightgcn import LightGCN
from services.trainer.lists import UserLists
from services.trainer.ranker import Batch, Ranker, RankingModel
from services.trainer.recipe import Family, Recipe
from services.trainer.start import Start, svd_start

FAMILIES: Final[dict[Family, type[InductiveEncoder | LightGCN]]] = {
    "inductive": InductiveEncoder,
    "lightgcn": LightGCN,
}

OnStep = Callable[[float], None]
"""Told after each step what part of the epoch is done, 0 to 1. What it raises ends the training."""


class Training:
    """One model's training on `likes`, epoch by epoch.

    All that is random comes from the seed and the number of the epoch, so a training that goes on from a checkpoint
    ends with the same weights as one that was never stopped.
    """

    def __init__(self, likes: UserLists, recipe: Recipe, device: torch.device, start: Start | None = None) -> None:
        self.recipe = recipe
        self.epoch = 0
        self._likes = likes
        self._users = np.flatnonzero(likes.lengths())
        start = start or svd_start(likes, recipe.width, recipe.seed)
        self.ranker: Ranker = FAMILIES[recipe.family](likes, recipe, start, device)
        self._optimiser = torch.optim.Adam(self.ranker.parameters(), lr=recipe.learning_rate, fused=True)
        self._means = [torch.zeros_like(p) for p in self.ranker.parameters()]
        self._steps = 0

    def run_epoch(self, on_step: OnStep = lambda _: None) -> None:
        """One pass over all users who like something."""
        starts = range(0, len(self._users), self.recipe.batch_users)
        for step, batch in enumerate(self._batches()):
            loss = self.ranker.loss(batch, self.recipe.user_power)
            self._optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]  # torch's own annotation is missing
            self._optimiser.step()
            self._average()
            on_step((step + 1) / len(starts))
        self.epoch += 1

    def run(
        self, on_epoch: Callable[["Training"], None] = lambda _: None, on_step: OnStep = lambda _: None
    ) -> RankingModel:
        """All the epochs of the recipe that are still to run. `on_step` gets the part of the whole training."""
        while self.epoch < self.recipe.epochs:
            self.run_epoch(lambda done: on_step((self.epoch + done) / self.recipe.epochs))
            on_epoch(self)
        return self.model()

    def model(self) -> RankingModel:
        """The model as it would be served now: with the running means as weights."""
        with self._averaged():
            return self.ranker.export()

    def state(self) -> dict[str, Any]:
        """All that `restore` needs: tensors, numbers, lists and dicts, nothing that would have to be unpickled."""
        return {
            "recipe": self.recipe.as_json(),
            "epoch": self.epoch,
            "steps": self._steps,
            "ranker": self.ranker.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "means": self._means,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave, if it is of the same recipe; otherwise stay at the beginning."""
        if state["recipe"] != self.recipe.as_json():
            return
        self.epoch, self._steps = state["epoch"], state["steps"]
        self.ranker.load_state_dict(state["ranker"])
        self._optimiser.load_state_dict(state["optimiser"])
        for mean, stored in zip(self._means, state["means"], strict=True):
            mean.copy_(stored)

    def _batches(self) -> Iterator[Batch]:
        rng = np.random.default_rng([self.recipe.seed, self.epoch])
        order = rng.permutation(self._users)
        for start in range(0, len(order), self.recipe.batch_users):
            users = order[start : start + self.recipe.batch_users]
            targets = self._likes.take(users)
            inputs = targets.keep(rng.random(len(targets)) < self.recipe.keep)
            yield Batch(users, inputs, targets)

    @torch.no_grad()
    def _average(self) -> None:
        self._steps += 1
        for mean, parameter in zip(self._means, self.ranker.parameters(), strict=True):
            mean.lerp_(parameter, 1 - self.recipe.averaging)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The running means in place of the weights, for a while. That they began at zero, the divisor makes up for."""
        parameters = list(self.ranker.parameters())
        weights: list[Tensor] = [p.data for p in parameters]
        divisor = 1 - self.recipe.averaging**self._steps
        try:
            for parameter, mean in zip(parameters, self._means, strict=True):
                parameter.data = mean / divisor
            yield
        finally:
            for parameter, weight in zip(parameters, weights, strict=True):
                parameter.data = weight
