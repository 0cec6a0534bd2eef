"""What it does to rankings if a part of the movies that users rated low is taken away from their vectors.

    python -m benchmarks.dislikes

On validation data: recall and NDCG at 20 by the part that is taken away (decision 6 quotes the table).
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from benchmarks.ingest_job import do_ingest
from benchmarks.store import empty_store
from services.trainer.data.interactions import Interactions, read_interactions
from services.trainer.data.lists import UserLists
from services.trainer.data.split import split
from services.trainer.evaluation.metrics import Metrics, Scores, evaluate
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe, batch_users
from shared.graph import open_graph
from shared.ids import Rows
from shared.scoring import Floats, MovieVectors, extend

LIKED, DISLIKED = 4.0, 2.0
WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0)


def ingested(source: str, root: Path) -> Interactions:
    """A source's ratings as the trainer gets them."""
    with empty_store("sqlite") as store, open_graph(store.settings) as graph:
        do_ingest(lambda _: None, store.settings, source, root)
        return read_interactions(graph)


def by_weight(data: Interactions) -> dict[float, Metrics]:
    """Metrics on validation for each part that is taken away."""
    fold = split(data, LIKED).select
    low = data.ratings <= DISLIKED
    rated_low = UserLists.from_pairs(data.users[low], data.movies[low], n_users=data.n_users, n_movies=data.n_movies)
    known = set(zip(fold.seen.users().tolist(), fold.seen.movies.tolist(), strict=True))
    pairs = zip(rated_low.users().tolist(), rated_low.movies.tolist(), strict=True)
    dislikes = rated_low.keep(np.array([pair in known for pair in pairs], np.bool_))
    recipe = Recipe(epochs=20, batch_users=batch_users(data.n_users))
    model = Training(fold.likes, recipe, torch.device("cpu")).run()
    return {
        weight: evaluate(_scores(replace(model.vectors, dislike_weight=weight), fold.likes, dislikes), fold)
        for weight in WEIGHTS
    }


def _scores(vectors: MovieVectors, likes: UserLists, dislikes: UserLists) -> Scores:
    matrix = vectors.scoring_matrix()

    def scores(users: Rows) -> Floats:
        ranked: Floats = extend(vectors.encode(likes.take(users).each(), dislikes.take(users).each())) @ matrix
        return ranked

    return scores


def main() -> None:
    """Print a table."""
    table = Table(title="What taking dislikes away does to rankings, on validation data")
    for heading in ("data", "part taken away", "Recall@20", "NDCG@20"):
        table.add_column(heading, justify="left" if heading == "data" else "right")
    root = Path(os.environ["MARQUEE_DATASETS"]).resolve()
    for name in ("ml-100k", "ml-latest-small"):
        for weight, metrics in by_weight(ingested(str(root / name), root)).items():
            table.add_row(name, f"{weight:g}", f"{metrics.recall:.4f}", f"{metrics.ndcg:.4f}")
    Console().print(table)


if __name__ == "__main__":
    main()
