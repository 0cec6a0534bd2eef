"""What is compared: families that are trained here, and baselines. Each is fitted as it would be for use.

A family's settings are chosen on validation, as a training chooses them; a baseline's by the few that the registry
names. A new kind of competitor gets its name in `shared.jobs.CompetitorName` and a branch in `fit`; one that ranks
nothing, as the model of stars, leaves `scores` out.
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast, get_args

from services.trainer.comparing.material import Material
from services.trainer.evaluation.bias import judge_stars
from services.trainer.evaluation.catalogue import Catalogue
from services.trainer.evaluation.comparison import NO_STARS, fit_baseline, judge_scores, pack
from services.trainer.evaluation.metrics import Scores
from services.trainer.evaluation.registry import BASELINES, Limits
from services.trainer.settings import TrainerSettings
from shared.apart import Cost, Stopwatch, Tell
from shared.jobs import RATING_FAMILY, BaselineName, CompetitorName, Family, TrainRequest

log = logging.getLogger(__name__)

_FAMILIES: Final = get_args(Family)  # their classes would bring torch along
_TRAINED: Final = 0.95  # part of the progress


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model that was fitted.

    Attributes:
        scores: what it ranks by; None where it predicts stars alone.
        settings: those that were chosen, JSON values.
        stars: `rmse` and `mae` of the stars that it predicts, where it does.
    """

    scores: Scores | None
    settings: Mapping[str, Any]
    stars: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resources:
    """What a model may use: `device` is `auto`, `cpu` or `cuda`."""

    limits: Limits
    device: str = "cpu"

    @classmethod
    def of(cls, settings: TrainerSettings, threads: int | None = None) -> "Resources":
        """What the settings allow, with so many threads, or all cores where nobody says."""
        count = threads or settings.threads or os.cpu_count() or 1
        return cls(Limits(settings.baseline_memory_bytes, count), settings.device)


def has_seed(name: CompetitorName) -> bool:
    """Whether another seed makes another model."""
    return name in _FAMILIES or name == RATING_FAMILY


def compete(tell: Tell, name: CompetitorName, seed: int, material: Material, resources: Resources) -> dict[str, Any]:
    """Fit one model and judge it: a run, in JSON values. Meant for a process of its own.

    `row` and `per_user` are what `judge_scores` gives, `stars` and `settings` as in `Fitted`; `seconds` and
    `cpu_seconds` are those of choosing settings and of fitting. In their place there is `left_out` or `failed` with the
    reason where there is no model.
    """
    try:
        if has_seed(name):
            import services.trainer.fitting.training  # noqa: F401 - torch and dgl: seconds that are nobody's
        watch = Stopwatch()
        fitted = fit(name, seed, material, resources, tell)
        cost = watch.cost()
        if isinstance(fitted, str):
            return {"left_out": fitted}
        return judge(fitted, cost, material, lambda done: tell(_TRAINED + (1 - _TRAINED) * done))
    except Exception as error:
        log.exception("%s, seed %d", name, seed)
        return {"failed": f"{type(error).__name__}: {error}"}


def judge(fitted: Fitted, cost: Cost, material: Material, tell: Tell = lambda _: None) -> dict[str, Any]:
    """A model's run, in JSON values. `cost` is that of fitting it."""
    row: dict[str, Any] = {}
    per_user: dict[str, str] = {}
    if fitted.scores is not None:
        fold = material.parts.final
        judged = judge_scores(fitted.scores, fold, Catalogue.of(fold.likes), tell)
        row, per_user = judged.row, {metric: pack(values) for metric, values in judged.per_user.items()}
    return {
        "settings": fitted.settings,
        "stars": fitted.stars,
        "seconds": round(cost.seconds, 3),
        "cpu_seconds": round(cost.cpu_seconds, 3),
        "row": row,
        "per_user": per_user,
    }


def fit(name: CompetitorName, seed: int, material: Material, resources: Resources, tell: Tell) -> Fitted | str:
    """The model called `name`, or why there is none."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

    if name in _FAMILIES:
        return _train(cast("Family", name), seed, material, resources, tell)
    if name == RATING_FAMILY:
        return _train_on_stars(seed, material, resources, tell)
    with threadpool_limits(resources.limits.threads):
        return _fit_baseline(cast("BaselineName", name), material, resources.limits)


def _fit_baseline(name: BaselineName, material: Material, limits: Limits) -> Fitted | str:
    found = fit_baseline(BASELINES[name], material.parts, limits)
    if isinstance(found, str):
        return found
    scores, settings = found
    return Fitted(scores, dict(settings), judge_stars(scores, material.parts.final))


def _train(family: Family, seed: int, material: Material, resources: Resources, tell: Tell) -> Fitted:
    """Settings chosen on validation, trained on what is known, with the linear part, and vectors for cold movies."""
    from services.trainer.fitting.whole import fit_whole
    from services.trainer.machine import prepare_machine

    where = prepare_machine(resources.limits.threads, resources.device)
    asked: dict[str, Any] = {"family": family, "seed": seed}
    if material.like_threshold is not None:
        asked["like_threshold"] = material.like_threshold
    model, recipe = fit_whole(
        material.parts, TrainRequest(**asked), where, lambda done: tell(_TRAINED * done), content=material.content
    )
    return Fitted(model.on(material.parts.final), recipe.as_json())


def _train_on_stars(seed: int, material: Material, resources: Resources, tell: Tell) -> Fitted | str:
    """The model that predicts stars, as it is judged on official folds."""
    from services.trainer.data.ratings import ratings_of
    from services.trainer.machine import prepare_machine
    from services.trainer.rating.figures import compare_ratings
    from services.trainer.rating.fit import fit_ratings
    from services.trainer.rating.recipe import DESCRIBES, RatingRecipe

    fold = material.parts.final
    content = [relation for relation in material.content if relation.name in DESCRIBES]
    if fold.stars is None or material.like_threshold is None:
        return NO_STARS
    where, ratings = prepare_machine(resources.limits.threads, resources.device), ratings_of(fold)
    fitted = fit_ratings(ratings.known, content, RatingRecipe(seed=seed), where, tell)
    found = compare_ratings(fitted.vectors, ratings, material.like_threshold)["metrics"]
    return Fitted(None, fitted.recipe.as_json(), {name: found[name] for name in ("rmse", "mae")})
