"""A model beside its baselines: the same users, the same masks, the same held-out likes for all."""

from collections.abc import Callable
from typing import Any, Final

from services.trainer.data.split import Split
from services.trainer.evaluation.baselines import ease, ease_bytes, popularity
from services.trainer.evaluation.metrics import Scores, evaluate

EASE_LAMBDAS: Final = (50.0, 200.0, 800.0, 2_000.0)  # 800 is the best on MovieLens-1M, sparser data wants less


def compare(
    scores: Scores, parts: Split, *, ease_memory_bytes: int, on_step: Callable[[float], None]
) -> dict[str, Any]:
    """`metrics` of the model on the test events, and `baselines` by name: JSON values, as they are kept in a report.

    Args:
        scores: of a model that was trained on what `parts.final` knows.
        parts: EASE's lambda is chosen on `select`; `final` is what is reported.
        ease_memory_bytes: EASE is left out, with this reason in its place, where it would take more.
        on_step: told what part is done, 0 to 1.
    """
    fold = parts.final
    metrics = evaluate(scores, fold, lambda done: on_step(0.4 * done))
    popular = evaluate(popularity(fold.likes), fold, lambda done: on_step(0.4 + 0.1 * done))
    beside = _compare_ease(parts, ease_memory_bytes, lambda done: on_step(0.5 + 0.5 * done))
    return {"metrics": metrics.named(), "baselines": {"popularity": popular.named(), "ease": beside}}


def _compare_ease(parts: Split, memory_bytes: int, on_step: Callable[[float], None]) -> dict[str, Any]:
    likes = parts.final.likes
    needed = ease_bytes(likes.n_users, likes.n_movies)
    if needed > memory_bytes:
        return {
            "left_out": f"EASE's matrices for {likes.n_users:,} users and {likes.n_movies:,} movies take "
            f"{needed / 1e9:.1f} GB; MARQUEE_EASE_MEMORY_GB allows {memory_bytes / 1e9:.1f} GB."
        }
    ndcg = {}
    for number, lambda_ in enumerate(EASE_LAMBDAS):
        on_step(number / (len(EASE_LAMBDAS) + 1))
        if len(parts.select.held_out):
            ndcg[lambda_] = evaluate(ease(parts.select.likes, lambda_), parts.select).ndcg
    best = max(ndcg, key=lambda value: ndcg[value], default=EASE_LAMBDAS[1])
    metrics = evaluate(ease(likes, best), parts.final)
    on_step(1.0)
    return {**metrics.named(), "lambda": best}
