"""Likes planted by genre, where what a user likes among movies that nobody has rated is known by construction."""

import numpy as np
import pytest

from benchmarks.fold_in import interactions_of
from benchmarks.kernel_ridge import LAMBDAS, do_kernel_ridge, without_some_movies
from services.trainer.comparing.material import Material
from services.trainer.data.cold_movies import split_cold_movies
from services.trainer.data.content import Relation
from services.trainer.data.fold_in import split_fold_in
from services.trainer.data.lists import UserLists

GENRES, USERS_EACH, MOVIES_EACH = 4, 10, 25


@pytest.fixture
def likes() -> UserLists:
    """Everyone likes all movies of one genre."""
    users = np.repeat(np.arange(GENRES * USERS_EACH), MOVIES_EACH)
    movies = users // USERS_EACH * MOVIES_EACH + np.tile(np.arange(MOVIES_EACH), GENRES * USERS_EACH)
    return UserLists.from_pairs(users, movies, n_users=GENRES * USERS_EACH, n_movies=GENRES * MOVIES_EACH)


@pytest.fixture
def material(likes: UserLists) -> Material:
    genres = Relation("IN_GENRE", np.arange(likes.n_movies) // MOVIES_EACH, np.arange(likes.n_movies), GENRES)
    return Material("planted", split_cold_movies(interactions_of(likes), 4.0), 4.0, [genres])


def test_whoever_likes_a_genre_is_shown_its_cold_movies(material: Material) -> None:
    told: list[float] = []

    run = do_kernel_ridge(told.append, material)

    assert run["row"]["ndcg_at_20"] == 1.0  # all of the genre's cold movies stand before the others
    assert run["settings"]["lambda"] in LAMBDAS
    assert told == sorted(told)


def test_the_penalty_is_chosen_by_movies_that_are_cold_among_the_warm(material: Material) -> None:
    fold = material.parts.final
    inner = without_some_movies(fold)

    assert inner.candidates is not None
    assert fold.candidates is not None
    assert not (inner.candidates & fold.candidates).any()
    assert not inner.likes.counts()[inner.candidates].any()
    assert not inner.held_out.counts()[~inner.candidates].any()
    assert len(inner.likes) + len(inner.held_out) == len(fold.likes)


def test_likes_without_times_can_be_asked_of_new_users(likes: UserLists) -> None:
    fold = split_fold_in(interactions_of(likes), 4.0, known_likes=3).final

    assert len(fold.users()) == 4  # a tenth
    assert fold.histories is not None
    assert fold.histories.take(fold.users()).lengths().tolist() == [3] * 4
    assert fold.held_out.take(fold.users()).lengths().tolist() == [MOVIES_EACH - 3] * 4
    assert not len(fold.likes.take(fold.users()))
