"""Whether the best settings of a study become the default: the gate is asked, on the test events, as for a training."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from services.trainer.data.fold import Fold
from services.trainer.evaluation.baselines import popularity
from services.trainer.evaluation.gate import judge_settings
from services.trainer.evaluation.metrics import K, Scores, rank_users, score_rankings
from services.trainer.families.linear import with_linear
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe
from services.trainer.tuning.trials import Trial
from shared.errors import InvalidInputError
from shared.scoring import Floats
from shared.tuning import TunedSettings

OnStep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Default:
    """What trainings begin from today: its name in sentences, and the recipe that it comes to."""

    name: str
    recipe: Recipe


def find_default(first: Trial, tuned: TunedSettings | None) -> Default:
    """The default trial's recipe, or that of other settings, if trainings begin from such today."""
    if tuned is None or tuned.settings == first.parameters:
        return Default("trial 0", Recipe.from_json(first.recipe or {}))
    return Default(f"trial {tuned.trial} of the study {tuned.study}", Recipe.from_json(tuned.recipe))


def judge_best(fold: Fold, best: Recipe, default: Default, device: torch.device, on_step: OnStep) -> dict[str, Any]:
    """The gate's verdict on `best` beside the default (JSON values), and NDCG@20 of both on the test events.

    Args:
        fold: train and validation → test. It is read here and nowhere else.
        best: the recipe that might become the default.
        default: what it is compared with.
        device: where to train.
        on_step: told what part is done, 0 to 1.

    Raises:
        InvalidInputError: nothing is held out for the test.
    """
    if not len(fold.held_out):
        raise InvalidInputError("No user has two likes, so no settings can be judged. Ingest more ratings.")
    popular = _score(popularity(fold.likes), fold)
    found = _train_and_score(fold, best, device, lambda done: on_step(0.5 * done))
    today = _train_and_score(fold, default.recipe, device, lambda done: on_step(0.5 + 0.5 * done))
    scores = {"best": found, "default": today, "popularity": popular}
    means = {f"{name}_ndcg_at_20": float(per_user.mean()) for name, per_user in scores.items()}
    return {**judge_settings(found, popular, today, default.name).as_json(), "test": means}


def _train_and_score(fold: Fold, recipe: Recipe, device: torch.device, on_step: OnStep) -> Floats:
    model = with_linear(Training(fold.likes, recipe, device).run(on_step), fold.likes, recipe)
    return _score(model.on(fold), fold, lambda _: on_step(1.0))


def _score(scores: Scores, fold: Fold, on_batch: OnStep = lambda _: None) -> Floats:
    """NDCG@20 of each user: float32[u]."""
    return score_rankings(rank_users(scores, fold, K, on_batch), fold.held_out, [K])[f"ndcg_at_{K}"]
