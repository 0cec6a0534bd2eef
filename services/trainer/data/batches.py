"""The users of each step of a training."""

import math
from dataclasses import dataclass

import numpy as np

from services.trainer.data.lists import UserLists
from services.trainer.recipe import Recipe
from shared.ids import Rows


@dataclass(frozen=True, slots=True)
class Batch:
    """Some users of a training step.

    Attributes:
        users: int64[b], their rows.
        inputs: the likes that the encoder may see.
        targets: the likes that are to be ranked high.
    """

    users: Rows
    inputs: UserLists
    targets: UserLists


class Batches:
    """All users who like something, once an epoch, each epoch in another order.

    A batch depends on the seed and on the number of its step alone, so a training can go on from any step.
    """

    def __init__(self, likes: UserLists, recipe: Recipe) -> None:
        self._likes = likes
        self._recipe = recipe
        self._users = np.flatnonzero(likes.lengths())
        self._epoch = -1
        self._order = self._users

    def __len__(self) -> int:
        """How many there are in an epoch."""
        return math.ceil(len(self._users) / self._recipe.batch_users)

    def at(self, step: int) -> Batch:
        """The batch of a step, counted from 0 over all epochs."""
        epoch, place = divmod(step, len(self))
        if epoch != self._epoch:
            self._order = np.random.default_rng([self._recipe.seed, epoch]).permutation(self._users)
            self._epoch = epoch
        users = self._order[place * self._recipe.batch_users :][: self._recipe.batch_users]
        targets = self._likes.take(users)
        kept = np.random.default_rng([self._recipe.seed, epoch, place + 1]).random(len(targets)) < self._recipe.keep
        return Batch(users, targets.keep(kept), targets)
