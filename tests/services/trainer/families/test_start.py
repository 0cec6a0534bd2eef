import numpy as np
import pytest

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.families.start import svd_start


def test_users_and_movies_of_a_block_start_near_one_another(blocks: Fold) -> None:
    start = svd_start(blocks.likes, 8, seed=0)

    assert (start.users.shape, start.movies.shape) == ((120, 8), (60, 8))
    assert start.users.std() == pytest.approx(0.1, rel=0.02)
    scores = start.users @ start.movies.T
    own = np.arange(120)[:, None] // 40 == np.arange(60) // 20
    assert scores[own].mean() > 10 * abs(scores[~own].mean())


def test_more_dimensions_than_the_data_have_are_small_noise() -> None:
    likes = UserLists.from_pairs(np.array([0, 1, 2]), np.array([0, 1, 1]), n_users=3, n_movies=3)

    start = svd_start(likes, 16, seed=0)

    assert start.movies.shape == (3, 16)
    assert np.abs(start.movies[:, 3:]).max() < 0.01
    assert np.abs(start.movies[2]).max() < 0.01  # nobody likes it


def test_the_same_seed_gives_the_same_start(blocks: Fold) -> None:
    first, second = (svd_start(blocks.likes, 8, seed=3) for _ in range(2))

    assert (first.users == second.users).all()
    assert (first.movies == second.movies).all()
