"""The report that is kept with a version: enough to judge the model, and to train it again."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from services.trainer.data.fold import Fold
from services.trainer.data.interactions import Interactions
from services.trainer.data.lists import UserLists
from services.trainer.data.split import Split
from shared.jobs import Job, TrainRequest

_SOFTWARE: Final = ("marquee", "torch", "dgl", "numpy", "scipy")


def describe_data(data: Interactions, parts: Split, likes: UserLists, like_threshold: float) -> dict[str, Any]:
    """What the model was trained and judged on."""
    return {
        "fingerprint": data.fingerprint(),
        "users": data.n_users,
        "movies": data.n_movies,
        "ratings": len(data.rated()),
        "like_threshold": like_threshold,
        "likes": len(likes),
        "users_with_likes": int(np.count_nonzero(likes.lengths())),
        "movies_with_likes": int(np.count_nonzero(likes.counts())),
        "split": parts.how,
        "validation": _describe(parts.select),
        "test": _describe(parts.final),
    }


def _describe(fold: Fold) -> dict[str, int]:
    return {"likes_known": len(fold.likes), "likes_held_out": len(fold.held_out), "users": len(fold.users())}


def build_report(
    job: Job,
    request: TrainRequest,
    data: Mapping[str, Any],
    *,
    select: Mapping[str, Any],
    evaluate: Mapping[str, Any],
    gate: Mapping[str, Any],
    device: str,
) -> dict[str, Any]:
    """Everything in one: JSON values. `select`, `evaluate` and `gate` are what the stages of these names came to."""
    return {
        "job_id": job.job_id,
        "request": request.model_dump(exclude_none=True),
        "recipe": select["recipe"],
        "data": data,
        "metrics": evaluate["metrics"],
        "details": evaluate.get("details", {}),
        "baselines": evaluate["baselines"],
        "selection": select["trials"],
        "linear_part": select.get("blends", []),
        "tuned": select.get("tuned"),
        "gate": {"verdict": gate["verdict"], "reasons": gate["reasons"]},
        "seconds": {"select": select["seconds"], "train_and_evaluate": evaluate["seconds"], "gate": gate["seconds"]},
        "device": device,
        "software": {name: version(name) for name in _SOFTWARE},
    }
