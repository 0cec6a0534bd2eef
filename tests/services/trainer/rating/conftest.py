"""Planted ratings: two kinds of users and of movies; who is of a movie's kind gives 5 stars or 4.5, others 1 or 1.5."""

import numpy as np
import pytest
import torch

from services.trainer.data.content import Relation
from services.trainer.data.ratings import RatingFold, Ratings
from services.trainer.rating.recipe import RatingRecipe
from services.trainer.rating.training import RatingTraining
from shared.rating import RatingVectors

USERS, MOVIES, RATED = 60, 30, 16


@pytest.fixture(scope="session")
def kinds() -> RatingFold:
    """16 ratings known of each user, and the 14 others held out: all follow from the kinds of user and movie."""
    random = np.random.default_rng(3)
    users = np.repeat(np.arange(USERS), MOVIES)
    movies = np.tile(np.arange(MOVIES), USERS)
    alike = users % 2 == movies % 2
    stars = np.where(alike, 5.0, 1.0) + np.where(alike, -0.5, 0.5) * (random.random(len(users)) < 0.3)
    places = np.concatenate([random.permutation(MOVIES) for _ in range(USERS)])
    ratings = Ratings(users, movies, stars.astype(np.float32), USERS, MOVIES)
    return RatingFold(ratings.take(places < RATED), ratings.take(places >= RATED))


@pytest.fixture(scope="session")
def recipe() -> RatingRecipe:
    """Small, and quick to forget its first steps."""
    return RatingRecipe(width=8, hidden=32, steps=150, averaging=0.9, node_dropout=0.2, dropout=0.2)


@pytest.fixture(scope="session")
def genres() -> list[Relation]:
    """Which do not tell the kinds."""
    return [Relation("IN_GENRE", np.arange(MOVIES) % 3, np.arange(MOVIES), 3)]


@pytest.fixture(scope="session")
def trained(kinds: RatingFold, genres: list[Relation], recipe: RatingRecipe) -> RatingVectors:
    return RatingTraining(kinds.known, genres, recipe, torch.device("cpu")).run()
