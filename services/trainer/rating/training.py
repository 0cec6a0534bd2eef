"""The training loop of a rating model, and how long it goes on: until validation no longer gets better."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor

from services.trainer.data.content import Relation
from services.trainer.data.ratings import RatingFold, Ratings
from services.trainer.evaluation.pointwise import rmse
from services.trainer.rating.averaging import RunningMean
from services.trainer.rating.gcmc import GCMC, Dropouts, RatingsGraph
from services.trainer.rating.predictions import predict
from services.trainer.rating.recipe import RatingRecipe
from shared.ids import Rows
from shared.rating import RatingVectors, nearest_level

OnStep = Callable[[float], None]
"""Told after each step what part is done, 0 to 1. What it raises ends the training."""

MAX_STEPS: Final = 1_000  # 250 s of one core on MovieLens 100K
_LOOK_EVERY: Final = 50  # steps between two looks at validation
_PATIENCE: Final = 3  # looks without a new best, after which a training ends
_STEPS_A_DEAL: Final = 10  # before the parts are dealt anew
_LEAST_VARIANCE: Final = 1e-6  # where everyone gives the same there is nothing to learn, and nothing to divide by
_PRIOR_LOSS: Final = 0.1  # the weight of what is asked of someone who has rated nothing
_MOST_PRODUCTS: Final = 50_000_000  # of all users and all movies, for each basis
_MOST_TARGETS: Final = 100_000  # predictions a step, where not all are made: 30 MB for each vector that is looked up


def levels_of(ratings: Ratings) -> list[float]:
    """The stars that are given, ascending: from the data, whole or half."""
    levels: list[float] = np.unique(ratings.stars).astype(np.float64).tolist()
    return levels


class RatingTraining:
    """One model's training on `ratings`, step by step.

    All that is random comes from the seed and the number of the step, so a training that goes on from a checkpoint
    ends with the same weights as one that was never stopped.
    """

    def __init__(
        self, ratings: Ratings, content: Sequence[Relation], recipe: RatingRecipe, device: torch.device
    ) -> None:
        self.recipe = recipe
        self.steps = 0
        self._ratings = ratings
        self._device = device
        self._levels = levels_of(ratings)
        self._numbers = nearest_level(np.asarray(self._levels), ratings.stars)
        self._stars = torch.tensor(self._levels, dtype=torch.float32, device=device)  # [L]
        variance = float(self._stars.new_tensor(ratings.stars).var(correction=0))
        self._per_variance = recipe.squared_error / max(variance, _LEAST_VARIANCE)
        self._graph = RatingsGraph(ratings, self._levels, device)
        self._deal = -1
        self._dealt: list[tuple[RatingsGraph, Rows]] = []
        self.model = GCMC(ratings, self._levels, content, recipe, device)
        parameters = list(self.model.parameters())
        self._optimiser = torch.optim.Adam(parameters, lr=recipe.learning_rate, fused=True)
        self._mean = RunningMean(parameters, recipe.averaging)
        # All products of users and movies take 200 MB at the most, and on MovieLens 100K half the time of looking both
        # up for each rating: 0.05 s a step in place of 0.09 s.
        self._is_dense = ratings.n_users * ratings.n_movies * recipe.bases <= _MOST_PRODUCTS

    def run(self, on_step: OnStep = lambda _: None, *, steps: int | None = None) -> RatingVectors:
        """Go on to the end, or until so many steps are done. `on_step` gets the part of them."""
        last = steps or self.recipe.steps
        while self.steps < last:
            self._step()
            on_step(self.steps / last)
        with self._mean.in_place():
            return self.model.export(self._graph)

    def state(self) -> dict[str, Any]:
        """All that `restore` needs: tensors, numbers, lists and dicts."""
        return {
            "recipe": self.recipe.as_json(),
            "steps": self.steps,
            "model": self.model.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "means": self._mean.means,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave, if it is of the same recipe; otherwise stay at the beginning."""
        if state["recipe"] != self.recipe.as_json():
            return
        self.steps = state["steps"]
        self.model.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
        for mean, stored in zip(self._mean.means, state["means"], strict=True):
            mean.copy_(stored)

    def _step(self) -> None:
        self._optimiser.zero_grad(set_to_none=True)
        for graph, targets in self._parts():
            loss = self._loss(graph, targets) / self.recipe.parts
            loss.backward()  # type: ignore[no-untyped-call]  # torch's own annotation is missing
        self._optimiser.step()
        self.steps += 1
        self._mean.update(self.steps)

    def _loss(self, graph: RatingsGraph, targets: Rows) -> Tensor:
        """Cross-entropy of the levels of `targets`, places of ratings, as `graph` predicts them."""
        dropouts = Dropouts(
            self.recipe.node_dropout,
            self.recipe.dropout,
            int(np.random.default_rng([self.recipe.seed, self.steps]).integers(2**31)),
        )
        users, outputs = self.model(graph, dropouts)  # [n_users, d], [B, n_movies, d]
        rows, movies, wanted = (
            torch.from_numpy(column[targets]).to(self._device)
            for column in (self._ratings.users, self._ratings.movies, self._numbers)
        )  # [t] each
        if self._is_dense:
            products = (users @ outputs.transpose(1, 2)).flatten(1)  # [B, n_users n_movies]
            products = products.index_select(1, rows * outputs.shape[1] + movies)  # [B, t]
        else:
            products = (users.index_select(0, rows) * outputs.index_select(1, movies)).sum(2)  # [B, t]
        of_nobody = (outputs @ self.model.nobody()).index_select(1, movies)  # [B, t]
        return self._faults(products, wanted) + _PRIOR_LOSS * self._faults(of_nobody, wanted)

    def _faults(self, products: Tensor, wanted: Tensor) -> Tensor:
        """How far products [B, t] are off the levels [t]: as probabilities, and as the stars that they amount to."""
        logits = self.model.logits(products)  # [t, L]
        expected = logits.softmax(1) @ self._stars  # [t]
        return F.cross_entropy(logits, wanted) + self._per_variance * F.mse_loss(expected, self._stars[wanted])

    def _parts(self) -> Iterator[tuple[RatingsGraph, Rows]]:
        """What a step predicts: the places of each part of the ratings, with the graph of all the others."""
        deal = self.steps // _STEPS_A_DEAL
        if deal != self._deal:
            order = np.random.default_rng([self.recipe.seed, deal, 2]).permutation(len(self._ratings))
            self._dealt = [(self._without(part), part) for part in np.array_split(order, self.recipe.parts)]
            self._deal = deal
        random = np.random.default_rng([self.recipe.seed, self.steps, 1])
        for graph, targets in self._dealt:
            few = self._is_dense or len(targets) <= _MOST_TARGETS
            yield graph, targets if few else random.choice(targets, _MOST_TARGETS, replace=False)

    def _without(self, part: Rows) -> RatingsGraph:
        others = np.ones(len(self._ratings), np.bool_)
        others[part] = False
        return RatingsGraph(self._ratings.take(others), self._levels, self._device)


def select_steps(
    fold: RatingFold,
    content: Sequence[Relation],
    recipe: RatingRecipe,
    device: torch.device,
    on_step: OnStep = lambda _: None,
) -> tuple[RatingRecipe, list[dict[str, float]]]:
    """The recipe with as many steps as are best on validation, and the curve that says so.

    A training ends once three looks in a row, fifty steps apart, show no new best.
    """
    training = RatingTraining(fold.known, content, recipe, device)
    curve: list[dict[str, float]] = []
    for steps in itertools.takewhile(lambda steps: steps <= MAX_STEPS, itertools.count(_LOOK_EVERY, _LOOK_EVERY)):
        vectors = training.run(lambda _: on_step(training.steps / MAX_STEPS), steps=steps)
        stars = vectors.stars(predict(vectors, fold.known, fold.held_out))
        curve.append({"steps": steps, "rmse": rmse(stars, fold.held_out.stars)})
        best = min(range(len(curve)), key=lambda look: curve[look]["rmse"])
        if len(curve) - 1 - best >= _PATIENCE:
            break
    return replace(recipe, steps=int(curve[best]["steps"])), curve
