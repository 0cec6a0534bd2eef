"""Made-up but realistic data: users and movies of a power law, half stars, times."""

from dataclasses import dataclass

import numpy as np

from shared.graph.port import Array


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings as columns, ordered by user, each pair once."""

    users: Array  # object (str) [n]
    movies: Array  # object (str) [n]
    stars: Array  # float64[n]
    times: Array  # int64[n], milliseconds

    def __len__(self) -> int:
        return len(self.users)


def names(prefix: str, count: int) -> Array:
    """`count` ids: object (str) [count]."""
    return np.array([f"{prefix}{number}" for number in range(count)], object)


def ratings(users: int, movies: int, count: int, seed: int = 0) -> Ratings:
    """About `count` ratings; who rates and what is rated follow power laws, as in MovieLens."""
    rng = np.random.default_rng(seed)
    activity = rng.lognormal(0, 1.1, users)
    popularity = (np.arange(movies) + 20.0) ** -1.1
    # Pairs that come twice fall away, so more are drawn than wanted.
    drawn = round(count * 1.35)
    pairs = np.unique(
        np.repeat(np.arange(users), rng.multinomial(drawn, activity / activity.sum())) * movies
        + rng.choice(movies, drawn, p=popularity / popularity.sum())
    )
    if len(pairs) > count:
        pairs = pairs[np.sort(rng.choice(len(pairs), count, replace=False))]
    user_rows, movie_rows = np.divmod(pairs, movies)
    stars = np.clip(np.round(rng.normal(3.6, 1.0, len(pairs)) * 2) / 2, 0.5, 5.0)
    times = 1_000_000_000_000 + rng.integers(0, 600_000_000, len(pairs)) * 1_000
    return Ratings(names("u", users)[user_rows], names("m", movies)[movie_rows], stars, times)
