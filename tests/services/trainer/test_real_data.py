"""Real ratings: a model beside its baselines, and a gate that tells a good model from a bad one.

The figures on larger data: `make bench WHAT=quality`.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from services.trainer.data.interactions import read_interactions
from services.trainer.data.split import split
from services.trainer.evaluation.baselines import popularity
from services.trainer.evaluation.metrics import evaluate
from services.trainer.fitting.training import Training
from services.trainer.job import train
from services.trainer.recipe import Recipe
from services.trainer.settings import TrainerSettings
from services.trainer.stages import STAGES
from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import Job, JobState, TrainRequest
from shared.models import read_page, read_report, served_version
from shared.schema import MOVIE, RATED, USER
from shared.work import JobContext, Outcome, do_job

pytestmark = pytest.mark.slow


def fill(graph: Graph, events: pd.DataFrame) -> None:
    """Ratings into a graph; `events` has user, movie, rating and time in seconds."""
    users, movies = (events[name].astype(str).to_numpy(object) for name in ("user", "movie"))
    graph.put_nodes(USER, {"userId": pd.unique(users)})
    graph.put_nodes(MOVIE, {"movieId": pd.unique(movies)})
    times = events["time"].to_numpy(np.int64) * 1_000
    graph.put_edges(RATED, users, movies, {"rating": events["rating"].to_numpy(np.float64), "ratedAt": times})


def read_ml_100k(datasets: Path) -> pd.DataFrame:
    return pd.read_csv(datasets / "ml-100k" / "u.data", sep="\t", names=["user", "movie", "rating", "time"])


def run(graph: Graph, settings: TrainerSettings, request: TrainRequest) -> Job:
    def work(context: JobContext) -> Outcome:
        return train(settings, torch.device("cpu"), context)

    job, _ = Jobs(graph).ask(request, lambda *_: None)
    do_job(graph, job.job_id, work, stages=STAGES, lease_seconds=60)
    return Jobs(graph).get(job.job_id)


def test_the_report_shows_the_model_ahead_of_popularity_and_beside_ease(
    sqlite_graph: Graph, settings: TrainerSettings, datasets: Path
) -> None:
    fill(sqlite_graph, read_ml_100k(datasets))

    done = run(sqlite_graph, settings, TrainRequest())

    assert done.state is JobState.SUCCEEDED, done.error
    assert done.result is not None
    report = read_report(sqlite_graph, done.result["version"])
    assert report["metrics"]["ndcg_at_20"] > 1.6 * report["baselines"]["popularity"]["ndcg_at_20"]
    assert report["metrics"]["recall_at_20"] > 1.8 * report["baselines"]["popularity"]["recall_at_20"]
    assert report["metrics"]["ndcg_at_20"] > 0.9 * report["baselines"]["ease"]["ndcg_at_20"]


def test_a_model_that_is_worse_than_the_served_one_is_rejected(
    sqlite_graph: Graph, settings: TrainerSettings, datasets: Path
) -> None:
    fill(sqlite_graph, read_ml_100k(datasets))

    good = run(sqlite_graph, settings, TrainRequest(width=64, temperature=0.2, epochs=15, linear_rank=0))
    bad = run(sqlite_graph, settings, TrainRequest(width=8, temperature=5.0, epochs=1, linear_rank=0))

    assert good.state is JobState.SUCCEEDED, good.error
    assert bad.state is JobState.REJECTED, bad.error
    assert good.result is not None
    assert bad.result is not None
    served = served_version(sqlite_graph)
    assert served is not None
    assert served.version == good.result["version"]
    gate = read_report(sqlite_graph, bad.result["version"])["gate"]
    assert gate["verdict"] == "rejected"
    page = read_page(sqlite_graph, bad.result["version"])
    assert "The gate refused this version" in page
    assert "No map was drawn" in page
    assert f"that the settings of {good.result['version']}, which is served, reach" in gate["reasons"][1]


def test_a_sample_of_neighbours_learns_as_much_as_the_whole_graph(sqlite_graph: Graph, datasets: Path) -> None:
    fill(sqlite_graph, read_ml_100k(datasets))
    fold = split(read_interactions(sqlite_graph), 4.0).select
    recipe = Recipe(family="gcn", width=32, epochs=8, batch_users=64)

    whole, sampled = (
        evaluate(Training(fold.likes, each, torch.device("cpu")).run().scorer(fold.likes), fold).ndcg
        for each in (recipe, replace(recipe, neighbours=10))
    )

    popular = evaluate(popularity(fold.likes), fold).ndcg
    assert sampled == pytest.approx(whole, rel=0.04)  # seeds differ by up to 1.4%
    assert min(whole, sampled) > 1.5 * popular
