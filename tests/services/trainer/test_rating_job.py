"""A training for ratings, from the graph to the pointer."""

from collections.abc import Callable

import numpy as np

from services.trainer.rating_job import judge_ratings
from shared.errors import InvalidInputError
from shared.graph import Graph
from shared.jobs import Job, JobState, TrainRequest
from shared.models import (
    RANKING,
    RATING,
    RatingParameters,
    VersionState,
    list_versions,
    read_page,
    read_report,
    read_served_vectors,
    served_version,
)
from shared.rating import RatingVectors, RatingWeights
from shared.schema import RATED

RunJob = Callable[[TrainRequest], Job]

REQUEST = TrainRequest(objective="rating", width=8, epochs=200)


def predicted(graph: Graph, rated: dict[str, float], movies: list[str]) -> list[float]:
    """What the served version predicts for someone who has rated so."""
    served = read_served_vectors(graph, RATING)
    assert served is not None
    assert isinstance(served.version.parameters, RatingParameters)
    columns = served.movies.columns
    weights = RatingWeights.from_json(served.version.parameters.weights)
    vectors = RatingVectors(columns["ratingInput"], columns["ratingOutput"], weights)
    rows = {key: row for row, key in enumerate(served.movies.keys)}
    user = vectors.encode([np.array([rows[key] for key in rated])], [np.array([*rated.values()])])
    found = vectors.probabilities(np.repeat(user, len(movies), 0), np.array([rows[key] for key in movies]))
    return [float(stars) for stars in vectors.stars(found)]


def test_a_rating_model_is_served_by_its_own_pointer_and_predicts_what_was_planted(
    run_job: RunJob, rated_graph: Graph
) -> None:
    job = run_job(REQUEST)

    assert job.state is JobState.SUCCEEDED, job.error
    version = served_version(rated_graph, RATING)
    assert version is not None
    assert job.result is not None
    assert (job.result["version"], version.pointer, version.users) == (version.version, RATING, 0)
    assert version.movies == 61
    assert version.parameters.family == "gc-mc"  # as comparisons call it
    assert served_version(rated_graph, RANKING) is None
    report = read_report(rated_graph, version.version)
    assert report["metrics"]["rmse"] < report["baselines"]["user and movie bias"]["rmse"]
    assert report["data"]["levels"] == [1.0, 5.0]
    page = read_page(rated_graph, version.version)
    assert "RMSE" in page
    assert "ratings that were held out" in page or "ratings of" in page
    own, next_block = predicted(rated_graph, {"m000": 5.0, "m001": 5.0, "m020": 1.0}, ["m005", "m020"])
    assert own > 4
    assert next_block < own - 1


def test_a_model_that_has_learned_nothing_is_rejected_and_kept_with_its_report(
    run_job: RunJob, rated_graph: Graph
) -> None:
    job = run_job(TrainRequest(objective="rating", width=8, epochs=1))

    assert job.state is JobState.REJECTED
    (version,) = list_versions(rated_graph)
    assert (version.state, version.slot, version.pointer) == (VersionState.REJECTED, None, RATING)
    assert served_version(rated_graph, RATING) is None
    assert "not better" in read_report(rated_graph, version.version)["gate"]["reasons"][0]


def test_the_gate_asks_for_more_than_the_biases() -> None:
    def verdict(rmse: float) -> str:
        found = {"metrics": {"rmse": rmse}, "baselines": {"user and movie bias": {"rmse": 0.94}}}
        return str(judge_ratings(found)["verdict"])

    assert (verdict(0.93), verdict(0.94)) == ("passed", "rejected")


def failed(job: Job, error: type[Exception]) -> str:
    assert (job.state, job.error_type) == (JobState.FAILED, error.__name__)
    return job.error or ""


def test_ratings_in_hundredths_are_refused(run_job: RunJob, rated_graph: Graph) -> None:
    users = rated_graph.read_nodes(RATED.source).keys[:30]
    columns = {"rating": np.arange(30) / 100 + 1, "ratedAt": np.full(30, 10**9)}
    rated_graph.put_edges(RATED, users, np.full(30, "unrated", object), columns)

    assert "There are 31 different ratings" in failed(run_job(REQUEST), InvalidInputError)
