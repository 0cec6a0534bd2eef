"""A rating model on the official folds of MovieLens 100K: chosen on a tenth of what is known, and judged once."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from services.trainer.data.official import read_movies, read_official_folds
from services.trainer.data.ratings import ratings_of
from services.trainer.rating.figures import compare_ratings
from services.trainer.rating.fit import fit_ratings
from services.trainer.rating.recipe import RatingRecipe


def judge_folds(
    folder: Path,
    folds: Sequence[str],
    recipe: RatingRecipe,
    device: torch.device,
    *,
    like_threshold: float,
    on_step: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Figures of each fold, and their mean and spread (standard deviation over the folds) where there are several.

    All folds there are, where none is named.
    """
    data, splits = read_official_folds(folder, like_threshold)
    folds = folds or list(splits)
    content = read_movies(folder, data.movie_keys)
    results: dict[str, Any] = {}
    for number, name in enumerate(folds):

        def on_part(done: float, number: int = number) -> None:
            on_step((number + done) / len(folds))

        fold = ratings_of(splits[name].final)
        wall, cpu = time.monotonic(), time.process_time()
        fitted = fit_ratings(fold.known, content, recipe, device, on_part)
        seconds = {"seconds": time.monotonic() - wall, "cpu_seconds": time.process_time() - cpu}
        results[name] = {
            **compare_ratings(fitted.vectors, fold, like_threshold),
            **{unit: round(value, 1) for unit, value in seconds.items()},
            "recipe": fitted.recipe.as_json(),
            "curve": fitted.curve,
        }
    figures = {key: [result["metrics"][key] for result in results.values()] for key in results[folds[0]]["metrics"]}
    return {
        "folds": results,
        "mean": {key: float(np.mean(values)) for key, values in figures.items()},
        "spread": {key: float(np.std(values, ddof=1)) for key, values in figures.items() if len(values) > 1},
    }
