"""The few settings that depend on the data, tried on validation: the temperature first, then the number of epochs.

Settings do not carry over between data sets (a temperature of .2 suits dense data, .1 sparse data), so every training
tries a few, cheaply: temperatures for a few epochs each, upwards until it gets worse, then the best two, where they are
close, to the end of their curves. Then the linear part beside the best of them.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import torch

from services.trainer.data.batches import Batches
from services.trainer.data.content import Relation
from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import evaluate
from services.trainer.families.ranker import RankingModel
from services.trainer.families.registry import FAMILIES
from services.trainer.families.start import svd_start
from services.trainer.fitting.blend import Blend, select_blend
from services.trainer.fitting.group import ALONE, Group
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe, batch_users, sampled_neighbours
from shared.errors import InvalidInputError
from shared.jobs import TrainRequest
from shared.models import UserForm

TEMPERATURES: Final = (0.1, 0.15, 0.2, 0.25, 0.3)  # below .1 every data set tried was overfitted
_DEFAULT_TEMPERATURE: Final = 0.2
_CLOSE: Final = 0.97  # a trial this near the best may yet overtake it: a higher temperature learns more slowly
_SURVIVORS: Final = 2
_WORSE_IN_A_ROW: Final = 2  # temperatures above the best one, after which higher ones are not tried
_FIRST_STEPS: Final = 40  # steps after which trials are compared: three epochs of MovieLens-1M
_LAP_STEPS: Final = 100  # the most between two looks: of many users a part of an epoch, see decision 10
_CURVE: Final = 8  # the longest training, in lengths of the first rung
_PATIENCE: Final = 4  # looks at a curve without a new best before its training ends
MAX_USERS: Final = 10_000  # users that a trial is judged by: more change the third digit of a standard error
MAX_BLEND_USERS: Final = 4_000  # users that a linear part is judged by: all are judged beside the same model
DEFAULT_LINEAR_RANK: Final = 128
_TRIALS: Final = 0.8  # of the time of choosing, for the progress


@dataclass(frozen=True, slots=True)
class Point:
    """How good a model was on validation after so many epochs, and so many seconds of training.

    `loss` is the mean of the training's since the point before.
    """

    epoch: float
    recall: float
    ndcg: float
    seconds: float
    loss: float


@dataclass(eq=False, slots=True)
class Trial:
    """One temperature's training, and its curve on validation."""

    training: Training
    curve: list[Point] = field(default_factory=list)
    seconds: float = 0.0
    model: RankingModel | None = None  # at the best point

    def best(self) -> Point:
        """The point of the curve with the largest NDCG."""
        return max(self.curve, key=lambda point: point.ndcg)

    def as_json(self) -> dict[str, Any]:
        """As it is kept in a report."""
        points = [
            {
                "epoch": p.epoch,
                "recall_at_20": p.recall,
                "ndcg_at_20": p.ndcg,
                "loss": p.loss,
                "seconds": round(p.seconds, 3),
            }
            for p in self.curve
        ]
        return {"temperature": self.training.recipe.temperature, "curve": points}


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, and the trials and linear parts (JSON values) that it was chosen by."""

    recipe: Recipe
    trials: list[dict[str, Any]]
    blends: list[dict[str, Any]]


def select_recipe(
    fold: Fold,
    request: TrainRequest,
    device: torch.device,
    on_step: Callable[[float], None] = lambda _: None,
    *,
    content: Sequence[Relation] = (),
    group: Group = ALONE,
    tuned: Mapping[str, Any] = MappingProxyType({}),
) -> Selection:
    """The recipe for this data: what the request names stays, what it leaves out is tried on `fold`.

    Args:
        fold: train → validation.
        request: family, seed and what else was asked for.
        device: where to train.
        on_step: told after each step what part is done, 0 to 1.
        content: what describes movies and users, of which the request names what takes part.
        group: the processes that train together.
        tuned: settings of a tuning, in place of the defaults; a temperature among them is not tried anew.

    Raises:
        InvalidInputError: nobody likes anything, so there is nothing to learn, or what was named is not in `content`.
    """
    fold = fold.of_fewer_users(MAX_USERS)
    if not len(fold.likes):
        raise InvalidInputError(
            "There are no likes to train on: no rating reaches the threshold, or there are too few."
        )
    base = default_recipe(fold.likes, request, tuned)
    is_asked_for = request.temperature is not None and request.epochs is not None and not base.linear_rank
    if is_asked_for or not len(fold.held_out):
        return Selection(replace(base, linear_rank=0), [], [])
    start = svd_start(fold.likes, base.width, base.seed)
    temperature = request.temperature or tuned.get("temperature")
    temperatures = TEMPERATURES if temperature is None else (temperature,)
    rungs = Rungs(fold, base, request.epochs, lambda done: on_step(_TRIALS * done), trials=len(temperatures))
    trials: list[Trial] = []
    for temperature in temperatures:
        recipe = replace(base, temperature=temperature)
        trials.append(rungs.first(Training(fold.likes, recipe, device, start, content=content, group=group)))
        if len(trials) - trials.index(_best(trials)) > _WORSE_IN_A_ROW:
            break
    least = _CLOSE * _best(trials).best().ndcg
    survivors = sorted((t for t in trials if t.best().ndcg >= least), key=lambda t: -t.best().ndcg)[:_SURVIVORS]
    for trial in survivors:
        rungs.last(trial)
    winner = _best(survivors)
    recipe = replace(winner.training.recipe, epochs=request.epochs or winner.best().epoch)
    blends: list[Blend] = []
    if recipe.linear_rank and winner.model:
        judged = fold.of_fewer_users(MAX_BLEND_USERS)
        recipe, blends = select_blend(
            judged, winner.model, recipe, lambda done: on_step(_TRIALS + (1 - _TRIALS) * done)
        )
    return Selection(recipe, [trial.as_json() for trial in trials], [blend.as_json() for blend in blends])


class Rungs:
    """Lengths of trials, and how far all of them are.

    They are counted in laps: a lap is an epoch, and where that is long, an even part of one.
    """

    def __init__(
        self,
        fold: Fold,
        base: Recipe,
        epochs: int | None,
        on_step: Callable[[float], None],
        *,
        trials: int,
        on_look: Callable[[Trial], None] = lambda _: None,
    ) -> None:
        epoch_steps = len(Batches(fold.likes, base))
        laps_an_epoch = math.ceil(epoch_steps / _LAP_STEPS)
        self._fold = fold
        self._lap_steps = epoch_steps / laps_an_epoch
        self._first = max(1, round(_FIRST_STEPS / self._lap_steps))
        self._last = self._first * _CURVE
        if epochs is not None:
            self._last = epochs * laps_an_epoch
            self._first = min(self._first, self._last)
        self._every = max(1, round(self._first / 2))
        self._on_step = on_step
        self._on_look = on_look  # what it raises ends the trial
        self._total = trials * self._first + min(trials, _SURVIVORS) * (self._last - self._first)
        self._done = 0

    def first(self, training: Training) -> Trial:
        """A trial as long as all are."""
        trial = Trial(training)
        self._go_on(trial, 0, self._first)
        return trial

    def all(self, trial: Trial) -> None:
        """A trial from its beginning to its end."""
        self._go_on(trial, 0, self._first)
        self.last(trial)

    def last(self, trial: Trial) -> None:
        """Go on to the longest training, or until the curve no longer rises."""
        laps, since = self._first, 0
        while laps < self._last and since < _PATIENCE:
            best = trial.best()
            further = min(laps + self._every, self._last)
            self._go_on(trial, laps, further)
            laps = further
            since = 0 if trial.best() != best else since + 1

    def _go_on(self, trial: Trial, laps: int, further: int) -> None:
        """Train from so many laps to so many, and look at the model."""
        first, last = round(laps * self._lap_steps), round(further * self._lap_steps)

        def on_step(_: float) -> None:
            part = (trial.training.steps - first) / (last - first)
            self._on_step(min(1.0, (self._done + part * (further - laps)) / self._total))

        started = time.monotonic()
        model = trial.training.run(on_step, steps=last)
        trial.seconds += time.monotonic() - started
        self._done += further - laps
        still = min(1.0, self._done / self._total)
        metrics = evaluate(model.on(self._fold), self._fold, lambda _: self._on_step(still))
        loss = trial.training.take_loss()
        trial.curve.append(Point(trial.training.epoch, metrics.recall, metrics.ndcg, trial.seconds, loss))
        if trial.best() is trial.curve[-1]:
            trial.model = model
        self._on_look(trial)


def _best(trials: Sequence[Trial]) -> Trial:
    return max(trials, key=lambda trial: trial.best().ndcg)


def default_recipe(likes: UserLists, request: TrainRequest, tuned: Mapping[str, Any] = MappingProxyType({})) -> Recipe:
    """What a training on `likes` begins to choose from: the defaults, with what was tuned and what was asked for."""
    defaults = Recipe()
    batch = batch_users(int(np.count_nonzero(likes.lengths())), request.family)
    for_data = replace(
        defaults,
        temperature=_DEFAULT_TEMPERATURE,
        linear_rank=_linear_rank(request),
        batch_users=batch,
        # Fewer steps, longer ones. It suited Gowalla with batches of 1,024; of larger ones it was not compared.
        learning_rate=defaults.learning_rate * (2 if batch > defaults.batch_users else 1),
    )
    names = ("family", "seed", "width", "loss", "negatives", "layers", "neighbours", "temperature", "epochs")
    asked = {name: value for name in names if (value := getattr(request, name)) is not None}
    recipe = replace(for_data, **{**tuned, **asked}, relations=tuple(request.relations))
    return recipe if request.neighbours is not None else with_neighbours(recipe, likes)


def with_neighbours(recipe: Recipe, likes: UserLists) -> Recipe:
    """The same recipe, with as many neighbours drawn as its layers and width need to fit, or all of them."""
    neighbours = sampled_neighbours(
        recipe.family,
        n_nodes=likes.n_users + likes.n_movies,
        n_likes=len(likes),
        width=recipe.width,
        layers=recipe.layers,
    )
    return replace(recipe, neighbours=neighbours)


def _linear_rank(request: TrainRequest) -> int:
    """A linear part goes by what users liked, so it stands beside families that do."""
    if FAMILIES[request.family].user_form is UserForm.ID:
        return 0
    return DEFAULT_LINEAR_RANK if request.linear_rank is None else request.linear_rank
