"""A model beside its baselines: the same users, the same masks, the same held-out likes for all, and how sure it is."""

import base64
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from services.trainer.data.fold import Fold
from services.trainer.data.split import Split
from services.trainer.evaluation.bias import judge_stars
from services.trainer.evaluation.catalogue import Catalogue, describe_rankings, recall_by_decile
from services.trainer.evaluation.confidence import differences, intervals
from services.trainer.evaluation.leaks import find_leaks
from services.trainer.evaluation.metrics import K, PerUser, Scores, evaluate, rank_users, score_rankings
from services.trainer.evaluation.registry import BASELINES, Baseline, Limits, Setting
from shared.errors import InvalidInputError
from shared.jobs import BaselineName
from shared.scoring import Floats

LENGTHS: Final = (5, 10, K, 50)
_MOST_USERS: Final = 10_000  # that a baseline's setting is chosen by, as many as a trial of ours is judged by
HEADLINE: Final = (f"ndcg_at_{K}", f"recall_at_{K}")
"""What models are tested against one another by."""

NO_STARS: Final = "it stands on ratings, and the data hold likes alone."

OnStep = Callable[[float], None]
Found = tuple[Scores, Setting] | str
"""A baseline's scores on the test and the setting that was best on validation, or why there are none."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One model on a fold: its part of a report, and the figures of each user that it stands on."""

    row: dict[str, Any]
    per_user: PerUser


def judge_scores(
    scores: Scores, fold: Fold, catalogue: Catalogue, on_batch: OnStep = lambda _: None, *, k: int = K
) -> Judged:
    """Rank once, and score it by everything there is. The row is JSON.

    `<metric>_at_k` are means over users, with their 95% `intervals`; `other_lengths` are the same means of shorter and
    longer rankings.
    """
    lengths = sorted({*LENGTHS, k})
    rankings = rank_users(scores, fold, lengths[-1], on_batch)
    per_user = score_rankings(rankings, fold.held_out, lengths)
    headline = [name for name in per_user if name.endswith(f"_at_{k}")]
    found = intervals(np.column_stack([per_user[name] for name in headline]))
    row = {
        **{name: interval.mean for name, interval in zip(headline, found, strict=True)},
        **describe_rankings(rankings, catalogue, k),
        "intervals": {name: [i.low, i.high] for name, i in zip(headline, found, strict=True)},
        "other_lengths": {n: float(v.mean(dtype=np.float64)) for n, v in per_user.items() if n not in headline},
        "recall_by_decile": recall_by_decile(rankings, catalogue, fold, k),
    }
    return Judged(row, {name: per_user[name] for name in HEADLINE if name in per_user})


def compare(
    scores: Scores,
    parts: Split,
    *,
    limits: Limits,
    on_step: OnStep,
    names: Sequence[BaselineName] | None = None,
    trained: Mapping[BaselineName, Callable[[OnStep], Found]] = MappingProxyType({}),
) -> dict[str, Any]:
    """The model and its baselines on the test events, as JSON values.

    `metrics` are the model's figures, `details` all that is no single figure, `baselines` both of each baseline by name
    with `versus_model` (the model's mean less the baseline's, its interval and p), or the reason why it is `left_out`.
    `per_user` holds what a later paired test needs (`unpack`).

    Args:
        scores: of a model that was trained on what `parts.final` knows.
        parts: settings of baselines are chosen on `select`; `final` is what is reported.
        limits: a baseline is left out where it would take more.
        on_step: told what part is done, 0 to 1.
        names: of baselines, all where it is left out; popularity is always among them, because the gate asks for it.
        trained: baselines that are trained as models are, by name; each is called once, and tells what part is done.

    Raises:
        InvalidInputError: the model could know what it is asked.
    """
    fold = parts.final
    refuse_leaks(fold)
    catalogue = Catalogue.of(fold.likes)
    model = judge_scores(scores, fold, catalogue, lambda done: on_step(0.3 * done))
    rows: dict[str, Any] = {}
    per_user = {"model": model.per_user}
    chosen = [name for name in (*BASELINES, *trained) if names is None or name in names or name == "popularity"]
    for number, name in enumerate(chosen):

        def on_part(done: float, number: int = number) -> None:
            on_step(0.3 + 0.7 * (number + done) / len(chosen))

        started = time.monotonic()
        on_part(0.0)
        found = trained[name](on_part) if name in trained else fit_baseline(BASELINES[name], parts, limits)
        if isinstance(found, str):
            rows[name] = {"left_out": f"{name}: {found}"}
            continue
        made, setting = found
        judged = judge_scores(made, fold, catalogue)
        per_user[name] = judged.per_user
        versus = _versus(model.per_user, judged.per_user)
        rows[name] = {**judged.row, **judge_stars(made, fold), **setting, "versus_model": versus}
        rows[name]["seconds"] = round(time.monotonic() - started, 3)
    on_step(1.0)
    figures = {name: value for name, value in model.row.items() if isinstance(value, float)}
    details = {name: value for name, value in model.row.items() if name not in figures}
    packed = {name: {m: pack(v) for m, v in per_user[name].items()} for name in ("model", "popularity")}
    return {"metrics": figures, "details": details, "baselines": rows, "per_user": packed}


def pack(values: Floats) -> str:
    """Figures of users as text, for a file of JSON: base64 of float32, little end first."""
    return base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")


def unpack(text: str) -> Floats:
    """What `pack` was given."""
    return np.frombuffer(base64.b64decode(text), "<f4").astype(np.float32)


def refuse_leaks(fold: Fold) -> None:
    """Raises `InvalidInputError` where a model could know what it is asked."""
    if leaks := find_leaks(fold):
        raise InvalidInputError(f"No model can be judged on this split, because it leaks: {' '.join(leaks)}")


def fit_baseline(baseline: Baseline, parts: Split, limits: Limits) -> Found:
    """Scores on the test and the setting that was best on validation, or why there are none."""
    if baseline.needs_stars and parts.final.stars is None:
        return NO_STARS
    if refusal := limits.refusal(baseline.needed_bytes(parts.final), parts.final.likes):
        return refusal
    setting = _best_setting(baseline, parts.select, limits)
    return baseline.prepare(parts.final, limits)(setting), setting


def _best_setting(baseline: Baseline, fold: Fold, limits: Limits) -> Setting:
    if len(baseline.settings) == 1 or not len(fold.held_out):
        return baseline.settings[0]
    fold = fold.of_fewer_users(_MOST_USERS)
    fit = baseline.prepare(fold, limits)
    ndcg = [evaluate(fit(setting), fold).ndcg for setting in baseline.settings]
    return baseline.settings[int(np.argmax(ndcg))]


def _versus(model: PerUser, other: PerUser) -> dict[str, Any]:
    found = differences(*(np.column_stack([side[name] for name in model]) for side in (model, other)))
    return {name: difference.as_json() for name, difference in zip(model, found, strict=True)}
