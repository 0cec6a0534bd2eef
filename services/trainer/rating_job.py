"""The stages of a training for ratings, from the graph's arrays to a served version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import torch

from services.trainer.data.content import Relation
from services.trainer.data.interactions import Interactions
from services.trainer.data.ratings import RatingFold, Ratings, all_ratings, split_ratings
from services.trainer.evaluation.gate import PASSED, REJECTED
from services.trainer.evaluation.report import build_report
from services.trainer.publish import Draft, keep_rejected, publish, rating_rows, version_name
from services.trainer.rating.figures import compare_ratings
from services.trainer.rating.recipe import DESCRIBES, RatingRecipe
from services.trainer.rating.training import RatingTraining, levels_of, select_steps
from services.trainer.staged import Stages
from shared.errors import InvalidInputError
from shared.jobs import TrainRequest
from shared.models import ModelVersion, RatingParameters, UserForm, get_version
from shared.rating import RatingVectors
from shared.schema import MOVIE_RATING

FAMILY: Final = "gcmc"
_MOST_LEVELS: Final = 20  # a relation for each: what is rated in hundredths is to be ingested in whole stars


@dataclass(frozen=True, slots=True)
class RatingRun:
    """One job's stages after `read`, and what all of them need."""

    device: torch.device
    request: TrainRequest
    data: Interactions
    content: Sequence[Relation]
    stages: Stages

    def do(self) -> ModelVersion:
        """Choose, train, evaluate, judge and publish a model.

        Raises:
            InvalidInputError: nothing can be held out, or there are too many different ratings.
        """
        context = self.stages.context
        select, final = split_ratings(self.data)
        _check(all_ratings(self.data), final)
        context.progress("read", 1.0)
        selected = self.stages.do("select", lambda: self._select(select))
        recipe = RatingRecipe.from_json(selected["recipe"])
        found = self.stages.do("evaluate", lambda: self._evaluate(final, recipe))
        judged = self.stages.do("gate", lambda: judge_ratings(found))
        data = describe_ratings(self.data, select, final, self.request.like_threshold)
        job = context.job
        report = build_report(
            job, self.request, data, select=selected, evaluate=found, gate=judged, device=self.device.type
        )
        if judged["verdict"] != PASSED:
            draft = Draft(version_name(job), job, self._parameters(recipe, {}), report["metrics"], report)
            keep_rejected(context.graph, draft.with_page(context.progress))
            return get_version(context.graph, version_name(job))
        vectors = self._fit("refit", all_ratings(self.data), recipe)
        parameters = self._parameters(recipe, vectors.weights.as_json())
        draft = Draft(version_name(job), job, parameters, report["metrics"], report)
        rows = {MOVIE_RATING: rating_rows(vectors, self.data.movie_keys)}
        return publish(context.graph, draft.with_page(context.progress), rows, context.progress)

    def _select(self, fold: RatingFold) -> dict[str, Any]:
        on_step = partial(self.stages.context.progress, "select")
        recipe = RatingRecipe(seed=self.request.seed)
        recipe = replace(recipe, width=self.request.width or recipe.width)
        if self.request.epochs is not None:  # a step goes over all ratings
            return {"recipe": replace(recipe, steps=self.request.epochs).as_json(), "trials": []}
        chosen, curve = select_steps(fold, self._relations(), recipe, self.device, on_step)
        return {"recipe": chosen.as_json(), "trials": [{"curve": curve}]}

    def _evaluate(self, fold: RatingFold, recipe: RatingRecipe) -> dict[str, Any]:
        return compare_ratings(self._fit("train", fold.known, recipe), fold, self.request.like_threshold)

    def _fit(self, stage: str, ratings: Ratings, recipe: RatingRecipe) -> RatingVectors:
        return self.stages.train(stage, RatingTraining(ratings, self._relations(), recipe, self.device))

    def _relations(self) -> list[Relation]:
        return [relation for relation in self.content if relation.name in DESCRIBES]

    def _parameters(self, recipe: RatingRecipe, weights: Mapping[str, Any]) -> RatingParameters:
        return RatingParameters(
            family=FAMILY,
            user_form=UserForm.INDUCTIVE,
            width=recipe.width,
            like_threshold=self.request.like_threshold,
            weights=dict(weights),
        )


def _check(ratings: Ratings, final: RatingFold) -> None:
    if not len(final.held_out):
        raise InvalidInputError("No user has three ratings, so no model can be judged. Ingest more ratings.")
    levels = len(levels_of(ratings))
    if levels > _MOST_LEVELS:
        raise InvalidInputError(
            f"There are {levels} different ratings, and a model has a relation for each: {_MOST_LEVELS} at most. "
            "Round them, to half stars for instance, and ingest them again."
        )


def judge_ratings(found: Mapping[str, Any]) -> dict[str, Any]:
    """The gate of rating models: better than a bias for each user and each movie, which takes a second to compute."""
    candidate, bias = found["metrics"]["rmse"], found["baselines"]["user and movie bias"]["rmse"]
    passed = candidate < bias
    better = "better" if passed else "not better"
    reason = f"RMSE {candidate:.4f} is {better} than {bias:.4f}, which a bias for each user and movie has."
    return {"verdict": PASSED if passed else REJECTED, "reasons": [reason]}


def describe_ratings(
    data: Interactions, select: RatingFold, final: RatingFold, like_threshold: float
) -> dict[str, Any]:
    """What the model was trained and judged on."""
    return {
        "fingerprint": data.fingerprint(),
        "users": data.n_users,
        "movies": data.n_movies,
        "ratings": len(data.rated()),
        "like_threshold": like_threshold,
        "levels": levels_of(all_ratings(data)),
        "split": "each user's latest ratings; at random where times are missing",
        "validation": {"ratings_known": len(select.known), "ratings_held_out": len(select.held_out)},
        "test": {"ratings_known": len(final.known), "ratings_held_out": len(final.held_out)},
    }
