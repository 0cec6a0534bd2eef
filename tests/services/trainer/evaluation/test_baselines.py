import numpy as np
import pytest

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.baselines import ease, ease_bytes, popularity, random_scores
from services.trainer.evaluation.metrics import evaluate


def random_likes(n_users: int, n_movies: int) -> UserLists:
    rng = np.random.default_rng(5)
    return UserLists.from_pairs(
        rng.integers(0, n_users, 200), rng.integers(0, n_movies, 200), n_users=n_users, n_movies=n_movies
    )


def test_popularity_scores_a_movie_by_its_likes() -> None:
    likes = UserLists.from_pairs(np.array([0, 1, 1]), np.array([2, 2, 0]), n_users=3, n_movies=3)

    assert popularity(likes)(np.array([0, 2])).tolist() == [[1.0, 0.0, 2.0], [1.0, 0.0, 2.0]]


@pytest.mark.parametrize(("n_users", "n_movies"), [(40, 25), (25, 40)])  # by movies, and by users
def test_ease_is_the_closed_form(n_users: int, n_movies: int) -> None:
    likes = random_likes(n_users, n_movies)
    x = likes.matrix().toarray().astype(np.float64)
    p = np.linalg.inv(x.T @ x + 10 * np.eye(n_movies))
    b = np.eye(n_movies) - p / np.diag(p)

    scores = ease(likes, 10.0)(np.arange(n_users))

    assert scores == pytest.approx(x @ b, abs=1e-4)


@pytest.mark.parametrize(("n_users", "n_movies"), [(40, 25), (25, 40)])
def test_ease_scores_users_whom_it_has_not_met(n_users: int, n_movies: int) -> None:
    likes = random_likes(n_users, n_movies)
    x = likes.matrix().toarray().astype(np.float64)
    p = np.linalg.inv(x.T @ x + 10 * np.eye(n_movies))
    b = np.eye(n_movies) - p / np.diag(p)
    new = likes.take(np.arange(n_users)[::-1])  # the lists of others

    scores = ease(likes, 10.0, new)(np.arange(n_users))

    assert scores == pytest.approx(x[::-1] @ b, abs=1e-4)


def test_chance_is_the_same_each_time_and_another_for_each_user() -> None:
    first, again = random_scores(30, 50)(np.array([4, 7])), random_scores(30, 50)(np.array([4, 7]))

    assert (first == again).all()
    assert (first[0] != first[1]).any()


def test_ease_finds_the_planted_blocks(blocks: Fold) -> None:
    assert evaluate(ease(blocks.likes, 50.0), blocks, k=8).recall == pytest.approx(1.0, abs=0.01)


def test_what_ease_takes_grows_with_the_smaller_side() -> None:
    assert ease_bytes(1_000_000, 1_000) == 4 * 4 * 1_000**2
    assert ease_bytes(10, 1_000_000) < 100e6
