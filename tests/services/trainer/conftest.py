"""Planted data: users and movies in blocks, where the right recommendations are known by construction."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from services.trainer.data.fold import Fold
from services.trainer.data.interactions import Interactions
from services.trainer.data.lists import UserLists
from services.trainer.job import train
from services.trainer.settings import TrainerSettings
from services.trainer.stages import STAGES
from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import Job, TrainRequest
from shared.schema import GENRE, IN_GENRE, MOVIE, RATED, USER
from shared.work import JobContext, Outcome, do_job

BLOCKS, USERS_EACH, MOVIES_EACH, LIKES_EACH = 3, 40, 20, 12

RunJob = Callable[[TrainRequest], Job]


def planted_likes() -> UserLists:
    """Each user likes 12 of the 20 movies of their block, picked at random."""
    rng = np.random.default_rng(7)
    users = np.repeat(np.arange(BLOCKS * USERS_EACH), LIKES_EACH)
    picks = np.concatenate([rng.permutation(MOVIES_EACH)[:LIKES_EACH] for _ in range(BLOCKS * USERS_EACH)])
    return UserLists.from_pairs(
        users, users // USERS_EACH * MOVIES_EACH + picks, n_users=BLOCKS * USERS_EACH, n_movies=BLOCKS * MOVIES_EACH
    )


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Data as small as here is slower on several threads, and on cores that others use much slower."""
    torch.set_num_threads(1)


@pytest.fixture
def blocks() -> Fold:
    """What is held out of each user are the 8 other movies of their block: the 8 best, if the blocks are found."""
    likes = planted_likes()
    users = np.repeat(np.arange(likes.n_users), MOVIES_EACH)
    movies = users // USERS_EACH * MOVIES_EACH + np.tile(np.arange(MOVIES_EACH), likes.n_users)
    liked = set(zip(likes.users().tolist(), likes.movies.tolist(), strict=True))
    other = np.array([pair not in liked for pair in zip(users.tolist(), movies.tolist(), strict=True)])
    held_out = UserLists.from_pairs(users[other], movies[other], n_users=likes.n_users, n_movies=likes.n_movies)
    return Fold(likes, likes, held_out)


@pytest.fixture
def data() -> Interactions:
    """The planted likes as ratings of 5 stars, each at its own time, and one of 1 star of another block's movie."""
    likes = planted_likes()
    users = np.concatenate([likes.users(), np.arange(likes.n_users)])
    movies = np.concatenate([likes.movies, (np.arange(likes.n_users) // USERS_EACH + 1) % BLOCKS * MOVIES_EACH])
    ratings = np.concatenate([np.full(len(likes), 5.0), np.full(likes.n_users, 1.0)])
    times = np.random.default_rng(8).permutation(len(users)) * 1_000
    return Interactions.ordered(
        user_keys=np.array([f"u{row:03}" for row in range(likes.n_users)], object),
        movie_keys=np.array([f"m{row:03}" for row in range(likes.n_movies)], object),
        users=users,
        movies=movies,
        ratings=ratings,
        times=times,
    )


def fill(graph: Graph, data: Interactions) -> None:
    """Planted ratings into a graph, with one genre a block, and a movie of the first block that nobody rated."""
    movies = np.append(data.movie_keys, np.array(["unrated"], object))
    graph.put_nodes(MOVIE, {"movieId": movies})
    graph.put_nodes(USER, {"userId": data.user_keys})
    graph.put_nodes(GENRE, {"name": np.array(["g0", "g1", "g2"], object)})
    genres = np.array([f"g{row // MOVIES_EACH}" for row in range(len(data.movie_keys))] + ["g0"], object)
    graph.put_edges(IN_GENRE, movies, genres, {})
    columns = {"rating": data.ratings.astype(np.float64), "ratedAt": data.times}
    graph.put_edges(RATED, data.user_keys[data.users], data.movie_keys[data.movies], columns)


@pytest.fixture
def rated_graph(sqlite_graph: Graph, data: Interactions) -> Graph:
    fill(sqlite_graph, data)
    return sqlite_graph


@pytest.fixture
def settings(tmp_path: Path) -> TrainerSettings:
    return TrainerSettings(data_dir=tmp_path / "data", threads=1)


@pytest.fixture
def run_job(rated_graph: Graph, settings: TrainerSettings) -> RunJob:
    """Asks for a training, does it here, and gives the job as its record says it came out."""

    def work(context: JobContext) -> Outcome:
        return train(settings, torch.device("cpu"), context)

    def run(request: TrainRequest) -> Job:
        job, _ = Jobs(rated_graph).ask(request, lambda *_: None)
        do_job(rated_graph, job.job_id, work, stages=STAGES, lease_seconds=30)
        return Jobs(rated_graph).get(job.job_id)

    return run
