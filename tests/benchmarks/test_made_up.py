import hashlib
from pathlib import Path

import numpy as np
import pytest

from benchmarks.made_up import MadeUp, Shape, names
from benchmarks.movielens import dataset, movie_ids
from services.trainer.data.interactions import Interactions
from services.trainer.data.split import split
from services.trainer.evaluation.baselines import ease, popularity
from services.trainer.evaluation.metrics import evaluate
from shared.errors import InvalidInputError

SHAPE = Shape.of(100_000)


def columns(shape: Shape) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    chunks = list(MadeUp(shape).chunks())
    users, movies = (np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ("users", "movies"))
    stars, times = (np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ("stars", "times"))
    return users, movies, stars, times


def test_there_are_exactly_as_many_ratings_and_users_as_asked_for_and_no_pair_twice() -> None:
    shape = Shape.of(300_000)  # more than a chunk

    users, movies, _, _ = columns(shape)

    assert len(users) == 300_000
    assert len(set((users * shape.movies + movies).tolist())) == 300_000
    assert np.bincount(users, minlength=shape.users).min() > 0
    assert users.max() == shape.users - 1
    assert movies.max() < shape.movies


def test_ratings_are_ordered_by_user_then_movie() -> None:
    users, movies, _, _ = columns(SHAPE)

    assert (np.diff(users * SHAPE.movies + movies) > 0).all()


def test_the_same_seed_gives_the_same_data_and_another_seed_gives_others() -> None:
    other = Shape(SHAPE.users, SHAPE.movies, SHAPE.ratings, seed=1)

    first, again, different = columns(SHAPE), columns(SHAPE), columns(other)

    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first[1], different[1])


def test_users_and_movies_follow_power_laws_as_in_movielens() -> None:
    users, movies, stars, _ = columns(Shape.of(400_000))

    of_user, of_movie = np.bincount(users), np.sort(np.bincount(movies))[::-1]

    assert of_user.mean() > 1.4 * np.median(of_user)
    assert of_user.min() >= 10
    assert 0.3 < of_movie[0] / len(of_user) < 0.6  # MovieLens 20M: 0.49
    assert of_movie[: len(of_movie) // 10].sum() > 0.5 * len(movies)
    assert 3.3 < stars.mean() < 3.7  # MovieLens 20M: 3.53
    assert set(np.unique(stars)) == {half / 2 for half in range(1, 11)}


def test_a_model_finds_more_in_it_than_popularity() -> None:
    users, movies, stars, times = columns(SHAPE)
    keys = names("u", SHAPE.users), names("m", SHAPE.movies)
    fold = split(Interactions(*keys, users, movies, stars.astype(np.float32), times), 4.0).select

    found = evaluate(ease(fold.likes, 200.0), fold).ndcg

    assert found > 1.3 * evaluate(popularity(fold.likes), fold).ndcg


def test_data_too_dense_to_be_realistic_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="too dense"):
        MadeUp(Shape(users=10, movies=10, ratings=50))


def test_the_files_are_in_the_form_of_movielens(tmp_path: Path) -> None:
    shape = Shape.of(20_000)

    folder = dataset(shape, tmp_path)

    ratings = (folder / "ratings.csv").read_text(encoding="utf-8").splitlines()
    movies = (folder / "movies.csv").read_text(encoding="utf-8").splitlines()
    user, movie, stars, time = ratings[1].split(",")
    assert (ratings[0], movies[0]) == ("userId,movieId,rating,timestamp", "movieId,title,genres")
    assert (len(ratings), len(movies)) == (20_001, shape.movies + 1)
    assert user == "1"
    assert int(movie) in movie_ids(shape)
    assert stars in {f"{half / 2:.1f}" for half in range(1, 11)}
    assert 789_652_000 <= int(time) < 2_000_000_000


def test_a_data_set_is_written_once_and_always_the_same(tmp_path: Path) -> None:
    shape = Shape.of(20_000)
    first = dataset(shape, tmp_path / "first")
    written_at = (first / "ratings.csv").stat().st_mtime_ns

    again = dataset(shape, tmp_path / "first")
    elsewhere = dataset(shape, tmp_path / "second")

    assert (again / "ratings.csv").stat().st_mtime_ns == written_at
    for name in ("ratings.csv", "movies.csv"):
        digests = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for folder in (first, elsewhere)]
        assert digests[0] == digests[1]
