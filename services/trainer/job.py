"""The work of a training job, from the graph's arrays to a served version."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import Any

import torch

from services.trainer.data.content import Relation, fingerprint, read_content, read_traits
from services.trainer.data.fold import Fold
from services.trainer.data.interactions import Interactions, read_interactions
from services.trainer.data.lists import UserLists
from services.trainer.data.split import Split, all_likes
from services.trainer.data.splits import split_by_name
from services.trainer.evaluation.comparison import Found, compare, unpack
from services.trainer.evaluation.gate import PASSED, REJECTED, find_served, judge
from services.trainer.evaluation.metrics import K, rank_users, score_rankings
from services.trainer.evaluation.registry import Limits
from services.trainer.evaluation.report import build_report, describe_data
from services.trainer.families.cold import complete
from services.trainer.families.linear import with_linear
from services.trainer.families.ranker import RankingModel
from services.trainer.families.registry import FAMILIES
from services.trainer.fitting.ablation import without_graph
from services.trainer.fitting.checkpoints import Checkpoints
from services.trainer.fitting.group import Group
from services.trainer.fitting.leader import leading
from services.trainer.fitting.selection import select_recipe
from services.trainer.fitting.training import Training
from services.trainer.machine import explain
from services.trainer.page.movies import read_map_data
from services.trainer.publish import (
    Draft,
    finish_earlier,
    keep_rejected,
    movie_rows,
    publish,
    user_rows,
    version_name,
)
from services.trainer.rating_job import RatingRun
from services.trainer.recipe import Recipe
from services.trainer.settings import TrainerSettings
from services.trainer.staged import Stages
from services.trainer.tuning.default import find_usable
from shared.errors import (
    CancelledError,
    InvalidInputError,
    LeaseLostError,
    NoSpaceError,
    UnavailableError,
)
from shared.jobs import JobState, TrainRequest, parse_request
from shared.models import ModelVersion, ServingParameters, VersionState, get_version
from shared.schema import MOVIE, USER
from shared.tuning import TunedSettings
from shared.work import JobContext, Outcome


def train(settings: TrainerSettings, device: torch.device, context: JobContext) -> Outcome:
    """Train, evaluate, judge and publish a model, as the job asks; the outcome names the version and the verdict.

    A job that is delivered again goes on from the stage and the epoch that it had reached, if the data are the same.

    Raises:
        InvalidInputError: there is nothing to train on.
        ConflictError: the model could not be published; the served version is as it was.
    """
    request = parse_request(TrainRequest, context.job.payload)
    graph = context.graph
    earlier = finish_earlier(graph, context.job)
    if earlier is not None:
        return _outcome(earlier)
    data = read_interactions(graph, lambda done: context.progress("read", 0.9 * done))
    content = read_content(graph, data.movie_keys)
    traits = read_traits(graph, data.user_keys)
    context.progress("read", 0.95)
    tuned = None
    if request.objective == "ranking":
        tuned = find_usable(graph, request.family, request.like_threshold, request.loss)
    parts = (
        metadata.version("marquee"), data.fingerprint, fingerprint([*content, *traits]), request.model_dump_json(),
        str(tuned),
    )  # fmt: skip
    key = hashlib.sha256(" ".join(parts).encode()).hexdigest()
    checkpoints = Checkpoints(settings.checkpoints / context.job.job_id, key)
    processes = request.processes or settings.processes
    try:
        stages = Stages(context, checkpoints)
        if request.objective == "rating":
            trained = RatingRun(device, request, data, content, stages).do()
        else:
            with leading(processes, device, settings.checkpoints / context.job.job_id / "group") as group:
                trained = _Run(settings, device, context, request, data, content, traits, tuned, stages, group).do()
    except NoSpaceError:
        checkpoints.leave()
        raise
    except (LeaseLostError, UnavailableError):
        raise  # the job goes on in another delivery
    except (CancelledError, InvalidInputError):
        checkpoints.delete()
        raise
    except Exception:
        checkpoints.leave()
        raise
    checkpoints.delete()
    return _outcome(trained)


def _outcome(version: ModelVersion) -> Outcome:
    rejected = version.state is VersionState.REJECTED
    result = {"version": version.version, "verdict": REJECTED if rejected else PASSED, **version.metrics}
    return Outcome(result, JobState.REJECTED if rejected else JobState.SUCCEEDED)


@dataclass(frozen=True, slots=True)
class _Run:
    """One job's stages, and what all of them need."""

    settings: TrainerSettings
    device: torch.device
    context: JobContext
    request: TrainRequest
    data: Interactions
    content: Sequence[Relation]
    traits: Sequence[Relation]
    tuned: TunedSettings | None
    stages: Stages
    group: Group

    @property
    def described(self) -> list[Relation]:
        """What describes movies and users."""
        return [*self.content, *self.traits]

    def do(self) -> ModelVersion:
        """All stages after `read`."""
        parts = split_by_name(
            self.request.split, self.data, self.request.like_threshold, lambda _: self.context.progress("read", 1.0)
        )
        selected = self.stages.do("select", lambda: self._select(parts.select))
        recipe = Recipe.from_json(selected["recipe"])
        found = self.stages.do("evaluate", lambda: self._evaluate(parts, recipe))
        judged = self.stages.do("gate", lambda: self._judge(parts.final, recipe, found))
        likes = all_likes(self.data, self.request.like_threshold)
        data = describe_data(self.data, parts, likes, self.request.like_threshold)
        device = f"{explain(self.device, self.settings.device)}; processes: {self.group.world}"
        report = build_report(
            self.context.job, self.request, data, select=selected, evaluate=found, gate=judged, device=device
        )
        draft = Draft(
            version_name(self.context.job), self.context.job, self._parameters(recipe), report["metrics"], report
        )
        if judged["verdict"] != PASSED:
            keep_rejected(self.context.graph, draft.with_page(self.context.progress))
            return get_version(self.context.graph, draft.version)
        model = self._fit("refit", likes, recipe)
        movies = read_map_data(self.context.graph, self.data.movie_keys, model.vectors.directions, likes.counts())
        draft = draft.with_page(self.context.progress, movies)
        rows = {
            MOVIE: movie_rows(model, self.data.movie_keys),
            USER: user_rows(model, likes, self.data.user_keys),
        }
        return publish(self.context.graph, draft, rows, self.context.progress)

    def _select(self, fold: Fold) -> dict[str, Any]:
        on_step = partial(self.context.progress, "select")
        found = select_recipe(
            fold,
            self.request,
            self.device,
            on_step,
            content=self.described,
            group=self.group,
            tuned=self.tuned.settings if self.tuned else {},
        )
        named = self.tuned.as_json() if self.tuned else None
        return {"recipe": found.recipe.as_json(), "trials": found.trials, "blends": found.blends, "tuned": named}

    def _evaluate(self, parts: Split, recipe: Recipe) -> dict[str, Any]:
        if not len(parts.final.held_out):
            raise InvalidInputError("No user has two likes, so no model can be judged. Ingest more ratings.")
        model = self._fit("train", parts.final.likes, recipe)
        limits = Limits(self.settings.baseline_memory_bytes, torch.get_num_threads())

        def factorise(on_step: Callable[[float], None]) -> Found:
            return without_graph(
                parts,
                recipe,
                self.request,
                self.device,
                on_step,
                limits=limits,
                content=self.content,
                group=self.group,
            )

        return compare(
            model.on(parts.final),
            parts,
            limits=limits,
            on_step=partial(self.context.progress, "evaluate"),
            names=self.request.baselines,
            trained={"matrix-factorisation": factorise},
        )

    def _judge(self, fold: Fold, recipe: Recipe, found: Mapping[str, Any]) -> dict[str, Any]:
        candidate, popularity = (unpack(found["per_user"][name]["ndcg_at_20"]) for name in ("model", "popularity"))
        served = find_served(self.context.graph)
        repeated = None
        if served is not None and served.recipe == recipe:
            repeated = candidate  # the same training on the same events
        elif served is not None and served.recipe is not None:
            with suppress(InvalidInputError):  # content that it was trained with has left the graph
                model = self._fit("gate", fold.likes, served.recipe)
                rankings = rank_users(model.on(fold), fold, K, lambda _: self.context.progress("gate", 1.0))
                repeated = score_rankings(rankings, fold.held_out, [K])["ndcg_at_20"]
        return judge(
            candidate, popularity, served=served, repeated=repeated, tolerance=self.settings.gate_tolerance
        ).as_json()

    def _fit(self, stage: str, likes: UserLists, recipe: Recipe) -> RankingModel:
        """A model trained on `likes`, from the last checkpoint on, with vectors for movies without likes."""
        training = Training(likes, recipe, self.device, content=self.described, group=self.group)
        model = self.stages.train(stage, training)
        return complete(with_linear(model, likes, recipe), self.content, likes.counts())

    def _parameters(self, recipe: Recipe) -> ServingParameters:
        return ServingParameters(
            family=recipe.family,
            user_form=FAMILIES[recipe.family].user_form,
            width=recipe.columns,
            temperature=recipe.temperature,
            linear_width=recipe.linear_rank,
            like_threshold=self.request.like_threshold,
        )
