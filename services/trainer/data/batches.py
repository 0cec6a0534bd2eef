"""The users of each step of a training."""

import math
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from services.trainer.data.lists import UserLists
from services.trainer.recipe import Recipe
from shared.ids import Rows

_NEGATIVES: Final = 1  # what tells their random numbers from those of the inputs


@dataclass(frozen=True, slots=True)
class Batch:
    """Some users of a training step.

    Attributes:
        users: int64[b], their rows.
        inputs: the likes that the encoder may see.
        targets: the likes that are to be ranked high.
        negatives: int64[s], movies that a loss compares them with: for `sampled-softmax` some that all users share, for
            `bpr` one for each target that its user does not like, and none for `softmax`.
        seed: for whatever else is drawn in this step.
    """

    users: Rows
    inputs: UserLists
    targets: UserLists
    negatives: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    seed: int = 0


class Batches:
    """All users who like something, once an epoch, each epoch in another order.

    A batch depends on the seed and on the number of its step alone, so a training can go on from any step.

    Args:
        likes: of all users.
        recipe: says how many there are in a batch, and what is drawn for them.
        rank: where a batch is shared by several processes, whose part of it this is, counted from 0.
        world: how many processes share it. Their parts together are the batch that one would have.
    """

    def __init__(self, likes: UserLists, recipe: Recipe, *, rank: int = 0, world: int = 1) -> None:
        self._likes = likes
        self._recipe = recipe
        self._rank, self._world = rank, world
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
        rng = np.random.default_rng([self._recipe.seed, epoch, place + 1, _NEGATIVES])
        batch = Batch(users, targets.keep(kept), targets, self._negatives(targets, rng), int(rng.integers(2**31)))
        return batch if self._world == 1 else self._part(batch)

    def _part(self, batch: Batch) -> Batch:
        """This process's users of a batch, which may be none where the batch is very small."""
        first, last = (len(batch.users) * place // self._world for place in (self._rank, self._rank + 1))
        users = np.arange(first, last)
        negatives = batch.negatives
        if self._recipe.loss == "bpr":  # one for each target; others are everyone's
            negatives = negatives[batch.targets.starts[first] : batch.targets.starts[last]]
        return replace(
            batch,
            users=batch.users[users],
            inputs=batch.inputs.take(users),
            targets=batch.targets.take(users),
            negatives=negatives,
        )

    def _negatives(self, targets: UserLists, rng: np.random.Generator) -> Rows:
        if self._recipe.loss == "sampled-softmax":
            return rng.integers(targets.n_movies, size=self._recipe.negatives)
        if self._recipe.loss == "bpr":
            return draw_others(targets, rng)
        return np.empty(0, np.int64)


def draw_others(lists: UserLists, rng: np.random.Generator) -> Rows:
    """For each entry a movie that its user does not have, all such being equally likely: int64[len(lists)].

    The r-th movie that a user lacks is r plus the number of theirs before it, and their k-th movie m (counted from 0)
    comes before it if m - k <= r. Who has every movie gets any.
    """
    users, starts = lists.users(), lists.starts[:-1]
    places = np.arange(len(lists)) - starts[users]  # k
    lacking = np.maximum(lists.n_movies - lists.lengths(), 1)[users]
    drawn = rng.integers(lacking)  # r
    codes = users * (lists.n_movies + 1) + lists.movies - places  # ascending
    before = np.searchsorted(codes, users * (lists.n_movies + 1) + drawn, side="right") - starts[users]
    return np.minimum(drawn + before, lists.n_movies - 1)
