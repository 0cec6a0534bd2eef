"""What a batch recommends to each user is what the REST interface answers them."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from pyarrow import parquet

from services.trainer.batch.job import batch
from services.trainer.settings import TrainerSettings
from services.trainer.stages import BATCH_STAGES
from shared.events import Event, EventRequest, EventType
from shared.graph import Graph
from shared.graph.columns import objects
from shared.job_records import Jobs
from shared.jobs import BatchRequest
from shared.schema import MOVIE, RATED, USER, Slot
from shared.work import do_job

Serve = Callable[[Graph], httpx.Client]
UntilServed = Callable[[httpx.Client, str | None], None]
Lists = Mapping[str, tuple[str, Sequence[tuple[str, Any]]]]
"""For each user what the list goes by, and movies with scores, best first."""

TOP = 4


def batch_lists(graph: Graph, folder: Path, top: int) -> Lists:
    jobs = Jobs(graph)
    job, _ = jobs.ask(BatchRequest(top=top), lambda *_: None)
    settings = TrainerSettings(data_dir=folder, batch_shard_users=3)
    do_job(graph, job.job_id, partial(batch, settings, lambda *_: None), stages=BATCH_STAGES, lease_seconds=30)
    done = jobs.get(job.job_id)
    assert done.result is not None, done.error
    found: dict[str, tuple[str, list[tuple[str, float]]]] = {}
    for row in parquet.read_table(done.result["folder"]).to_pylist():
        basis, movies = found.setdefault(row["userId"], (row["basis"], []))
        movies.append((row["movieId"], row["score"]))
        assert (row["basis"], row["rank"]) == (basis, len(movies))
    return found


def rest_lists(rest: httpx.Client, users: Sequence[str], top: int) -> Lists:
    bodies: dict[str, dict[str, Any]] = {
        user: rest.get(f"/v1/users/{user}/recommendations", params={"limit": top}).json() for user in users
    }
    return {
        user: (body["basis"], [(item["movieId"], pytest.approx(item["score"], rel=1e-5)) for item in body["items"]])
        for user, body in bodies.items()
    }


def check(graph: Graph, rest: httpx.Client, folder: Path, top: int = TOP) -> Lists:
    expected = rest_lists(rest, graph.read_nodes(USER).keys.tolist(), top)
    found = batch_lists(graph, folder, top)
    assert found == {user: of_user for user, of_user in expected.items() if of_user[1]}
    return found


def test_users_with_and_without_likes_get_the_same(rest: httpx.Client, movies: Graph, tmp_path: Path) -> None:
    found = check(movies, rest, tmp_path)

    assert found["u"][0] == "history"
    assert [movie for movie, _ in found["u"][1]] == ["d", "b", "c", "e"]
    assert found["neutral"] == ("popular", [("b", 2), ("a", 1), ("e", 1), ("d", 0)])
    assert found["silent"][0] == "popular"


def test_users_of_whom_events_say_more_than_ratings_get_the_same(
    rest: httpx.Client, movies: Graph, tmp_path: Path
) -> None:
    """Ratings disliked since, likes without ratings, and movies that are left out for other reasons."""
    said = [
        ("u", "b", EventType.DISLIKE), ("x", "c", EventType.DISLIKE), ("x", "e", EventType.LIKE),
        ("x", "f", EventType.HIDE), ("z", "d", EventType.VIEW), ("z", "a", EventType.WATCHLIST),
        ("new", "a", EventType.LIKE), ("viewer", "c", EventType.VIEW), ("hater", "a", EventType.DISLIKE),
    ]  # fmt: skip
    events = [Event(type_, user, movie, time=100) for user, movie, type_ in said]
    movies.append_events([EventRequest(events)])

    found = check(movies, rest, tmp_path)

    assert [movie for movie, _ in found["u"][1]] == ["d", "c", "e"]
    assert [movie for movie, _ in found["x"][1]] == ["d", "a"]
    assert [movie for movie, _ in found["z"][1]] == ["a", "e"]
    assert (found["new"][0], found["hater"][0]) == ("history", "popular"), "dislikes alone are no taste"
    assert found["viewer"] == ("popular", [("b", 2), ("a", 1), ("e", 1), ("d", 0)])


def test_users_known_by_id_get_the_same(
    movies: Graph, publish: Callable[..., None], serve: Serve, until_served: UntilServed, tmp_path: Path
) -> None:
    publish("v1", users={"u": [0, 3], "silent": [1, 1]})
    rest = serve(movies)
    until_served(rest, "v1")

    found = check(movies, rest, tmp_path)

    assert [movie for movie, _ in found["u"][1]] == ["d", "c", "b", "e"]
    assert found["silent"][0] == "history"


def test_movies_that_were_deleted_or_came_later_make_no_difference(
    rest: httpx.Client, movies: Graph, until_served: UntilServed, tmp_path: Path
) -> None:
    movies.delete_nodes(MOVIE, ["d"])
    revision = movies.bump_revision()
    while rest.get("/readyz").json()["revision"] != revision:
        until_served(rest, "v1")

    check(movies, rest, tmp_path, top=200)


def test_many_users_get_the_same_and_equal_scores_come_in_the_same_order(
    movies: Graph, publish: Callable[..., None], serve: Serve, until_served: UntilServed, tmp_path: Path
) -> None:
    """Movies in pairs with one vector: each pair's scores are equal."""
    rng = np.random.default_rng(5)
    users, ids = objects([f"user {row}" for row in range(40)]), objects([f"movie {row:03}" for row in range(300)])
    movies.put_nodes(USER, {"userId": users})
    movies.put_nodes(MOVIE, {"movieId": ids})
    sources, targets = np.nonzero(rng.random((40, 300)) < 0.1)
    ratings = rng.integers(1, 11, len(sources)) / 2
    movies.put_edges(RATED, users[sources], ids[targets], {"rating": ratings, "ratedAt": np.arange(len(sources))})
    angles = np.repeat(rng.random(150) * 2 * np.pi, 2)
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    publish("v1")
    columns = {"embedding": vectors, "inputEmbedding": vectors, "bias": np.zeros(300, np.float32)}
    movies.write_slot(MOVIE, Slot.A, ids, columns)
    rest = serve(movies)
    until_served(rest, "v1")

    found = check(movies, rest, tmp_path, top=50)

    assert {basis for basis, _ in found.values()} == {"history", "popular"}
    pairs = [
        (one[0], other[0])
        for _, of_user in found.values()
        for one, other in itertools.pairwise(of_user)
        if one[1] == other[1] and one[0].startswith("movie") and other[0].startswith("movie")
    ]
    assert len(pairs) > 100
    assert all(one < other for one, other in pairs)
