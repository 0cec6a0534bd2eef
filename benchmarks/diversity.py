"""What diversity and popularity damping cost in NDCG, and what they gain, on validation data.

    python -m benchmarks.diversity

For several values of each: NDCG, recall, intra-list diversity, novelty and coverage at 20 (docs/filters.md quotes the
table). The model is the default family's without its linear part.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from benchmarks.dislikes import LIKED, ingested
from services.recommender.scoring.diversity import POOL, diversify
from services.trainer.data.fold import Fold
from services.trainer.data.folder import read_folder
from services.trainer.data.split import split
from services.trainer.evaluation.catalogue import Catalogue, describe_rankings
from services.trainer.evaluation.metrics import K, Rankings, Scores, rank_users, score_rankings
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe, batch_users
from shared.ids import Rows
from shared.scoring import Floats, MovieVectors, extend

DIVERSITIES: Final = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
DAMPINGS: Final = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)


def folds(root: Path) -> Iterator[tuple[str, Fold]]:
    """MovieLens 100K by the trainer's own split, and 1M by the published one: what is trained on, and validation."""
    yield "ml-100k", split(ingested(str(root / "ml-100k"), root), LIKED).select
    yield "ml-1m", read_folder(root / "ml-1m").select


def measured(fold: Fold) -> Iterator[tuple[str, float, dict[str, float]]]:
    """What is varied, its value, and the figures at 20."""
    recipe = Recipe(epochs=20, batch_users=batch_users(fold.likes.n_users))
    vectors = Training(fold.likes, recipe, torch.device("cpu")).run().vectors
    catalogue = Catalogue.of(fold.likes)
    for damping in DAMPINGS:
        yield "popularityDamping", damping, _figures(_ranked(vectors, fold, damping, K), fold, catalogue)
    pools = _ranked(vectors, fold, 0.0, POOL)
    for diversity in DIVERSITIES:
        yield "diversity", diversity, _figures(_diversified(pools, vectors, fold, diversity), fold, catalogue)


def _figures(rankings: Rankings, fold: Fold, catalogue: Catalogue) -> dict[str, float]:
    hits = {name: float(values.mean()) for name, values in score_rankings(rankings, fold.held_out, [K]).items()}
    return {**hits, **describe_rankings(rankings, catalogue, K)}


def _ranked(vectors: MovieVectors, fold: Fold, damping: float, k: int) -> Rankings:
    return rank_users(_scores(vectors, fold, damping), fold, k)


def _scores(vectors: MovieVectors, fold: Fold, damping: float) -> Scores:
    matrix = vectors.scoring_matrix()
    matrix[-1] -= np.float32(damping) * np.log1p(fold.seen.counts()).astype(np.float32)

    def scores(users: Rows) -> Floats:
        ranked: Floats = extend(vectors.encode(fold.likes.take(users).each())) @ matrix
        return ranked

    return scores


def _diversified(pools: Rankings, vectors: MovieVectors, fold: Fold, diversity: float) -> Rankings:
    best = np.full((len(pools.users), K), -1, np.int64)
    scores_of = _scores(vectors, fold, 0.0)
    for place, (user, pool) in enumerate(zip(pools.users, pools.best, strict=True)):
        rows = pool[pool >= 0]
        scores = scores_of(np.array([user]))[0, rows]
        chosen = diversify(scores, vectors.directions[rows], diversity, min(K, len(rows)))
        best[place, : len(chosen)] = rows[chosen]
    return Rankings(pools.users, best)


def main() -> None:
    """Print a table."""
    table = Table(title="What diversity and popularity damping do to rankings, on validation data")
    for heading in ("data", "parameter", "value", "NDCG@20", "Recall@20", "diversity", "novelty", "coverage"):
        table.add_column(heading, justify="left" if heading in {"data", "parameter"} else "right")
    root = Path(os.environ["MARQUEE_DATASETS"]).resolve()
    for name, fold in folds(root):
        for parameter, value, found in measured(fold):
            shown = ("ndcg", "recall", "diversity", "novelty", "coverage")
            cells = [f"{found[f'{figure}_at_{K}']:.4f}" for figure in shown]
            table.add_row(name, parameter, f"{value:g}", *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
