"""Ratings predicted by a model as it is served: each user from all that is known of them, one after another."""

import numpy as np

from services.trainer.data.ratings import Ratings
from shared.rating import Floats, RatingVectors

_AT_ONCE = 50_000  # predictions: 30 MB for two vectors of width 75


def predict(vectors: RatingVectors, known: Ratings, wanted: Ratings) -> Floats:
    """How probable each level is for the users and movies of `wanted`, whose stars are not looked at: float32[n, L]."""
    known = known.by_user()
    cuts = np.searchsorted(known.users, np.arange(1, known.n_users))
    users = vectors.encode(np.split(known.movies, cuts), np.split(known.stars, cuts))  # [n_users, d]
    parts = [
        vectors.probabilities(users[wanted.users[start : start + _AT_ONCE]], wanted.movies[start : start + _AT_ONCE])
        for start in range(0, len(wanted), _AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.empty((0, len(vectors.weights.levels)), np.float32)
