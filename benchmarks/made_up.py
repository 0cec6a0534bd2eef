"""Made-up but realistic ratings: users and movies of power laws, tastes that a model can find, half stars, times.

Who watches what: a movie's popularity is a power law over ranks. There are a few dozen tastes; each multiplies every
movie's popularity by a factor of its own. A user has a few favourite tastes, and draws each movie through one of them.
So the odds of watching are a matrix of low rank, and popularity explains only a part of it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from shared.errors import InvalidInputError
from shared.graph.port import Array
from shared.ids import Rows

Floats = npt.NDArray[np.floating]

TASTES: Final = 64
_FAVOURITES: Final = (0.45, 0.25, 0.15, 0.1, 0.05)  # what part of their movies a user draws through each favourite
_TASTE_GAIN: Final = 1.8  # the logarithm of the odds of watching that a standard deviation of appeal adds
_POPULARITY_EXPONENT: Final = 1.5
_POPULARITY_OFFSET: Final = 100.0  # flattens the head, so that nearly half of all users know the best-known movie
# MovieLens 20M: 20 ratings a user at least, 68 in the median, 144 in the mean, 9,254 at most.
_FEWEST, _MEDIAN_ABOVE, _SPREAD = 20.0, 48.0, 1.38
_MOST_OF_MOVIES: Final = 1 / 3  # that any user rates
_CHUNK_RATINGS: Final = 250_000
_FIRST_TIME_S: Final = 789_652_000  # January 1995
_YEARS_S: Final = 20 * 31_557_600
_LONGEST_STAY_S: Final = 5 * 31_557_600  # a rating from the future would be left out by the ingest


@dataclass(frozen=True, slots=True)
class Shape:
    """How much data, and which of all that look like it."""

    users: int
    movies: int
    ratings: int
    seed: int = 0

    @classmethod
    def of(cls, ratings: int) -> Self:
        """As MovieLens grows: users with the ratings, movies with their root; 138,000 and 27,000 for 20 million.

        >>> Shape.of(1_000_000)
        Shape(users=6900, movies=6037, ratings=1000000, seed=0)
        """
        part = ratings / 20_000_000
        return cls(round(138_000 * part), round(27_000 * math.sqrt(part)), ratings)


@dataclass(frozen=True, slots=True)
class Events:
    """Ratings of a range of users, ordered by user, then movie, as in MovieLens; each pair once.

    Attributes:
        users: int64[n], numbers from 0.
        movies: int64[n], numbers from 0.
        stars: float64[n], 0.5 to 5 in halves.
        times: int64[n], seconds since 1970.
    """

    users: Rows
    movies: Rows
    stars: npt.NDArray[np.float64]
    times: Rows

    def __len__(self) -> int:
        return len(self.users)


class MadeUp:
    """A data set that is drawn chunk by chunk, always the same for a shape. Memory in use is that of a chunk.

    Attributes:
        shape: how much there is.
        appeal: float32[TASTES, movies], how much those of a taste like a movie; standard deviation 1.
    """

    def __init__(self, shape: Shape) -> None:
        if 4 * shape.ratings > shape.users * shape.movies:
            raise InvalidInputError(f"{shape} is too dense to be realistic: at most a quarter of all pairs is rated.")
        rng = np.random.default_rng(shape.seed)
        self.shape = shape
        most = max(_FEWEST, _MOST_OF_MOVIES * shape.movies)
        self._activity = np.minimum(_FEWEST + rng.lognormal(math.log(_MEDIAN_ABOVE), _SPREAD, shape.users), most)
        ranks = rng.permutation(shape.movies)
        popularity = (ranks + _POPULARITY_OFFSET) ** -_POPULARITY_EXPONENT
        self.appeal = rng.standard_normal((TASTES, shape.movies), np.float32)
        odds = np.cumsum(popularity * np.exp(_TASTE_GAIN * self.appeal), axis=1)
        # One ascending row for all tastes: taste t lies between t and t + 1.
        self._cumulative = (odds / odds[:, -1:] + np.arange(TASTES)[:, None]).ravel()
        self._taste_sizes = rng.dirichlet(np.full(TASTES, 2.0))
        self._quality = rng.normal(0, 0.35, shape.movies)

    def chunks(self) -> Iterator[Events]:
        """All ratings, exactly as many as the shape says."""
        shares = np.cumsum(self._activity) / self._activity.sum()
        upto = np.round(shares * self.shape.ratings).astype(np.int64)  # ratings of all users up to each
        ends = np.searchsorted(upto, np.arange(_CHUNK_RATINGS, self.shape.ratings, _CHUNK_RATINGS), side="right")
        bounds = np.unique(np.concatenate([[0], ends, [self.shape.users]]))
        for number, (first, end) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
            before = upto[first - 1] if first else 0
            rng = np.random.default_rng([self.shape.seed, number])
            yield self._chunk(first, end, int(upto[end - 1] - before), rng)

    def _chunk(self, first: int, end: int, count: int, rng: np.random.Generator) -> Events:
        """`count` ratings of the users from `first` to `end`."""
        favourites = rng.choice(TASTES, (end - first, len(_FAVOURITES)), p=self._taste_sizes)
        users, movies = self._draw_pairs(self._activity[first:end], favourites, count, rng)
        liking = np.zeros(count, np.float32)
        for place, part in enumerate(_FAVOURITES):
            liking += part * self.appeal[favourites[users, place], movies]
        mildness = rng.normal(0, 0.4, end - first)
        stars = 3.35 + 0.75 * liking + mildness[users] + self._quality[movies] + rng.normal(0, 0.7, count)
        joined = _FIRST_TIME_S + rng.random(end - first) * _YEARS_S
        stays_s = np.minimum(86_400 * rng.lognormal(0, 2.0, end - first), _LONGEST_STAY_S)
        times = joined[users] + rng.random(count) * stays_s[users]
        return Events(users + first, movies, np.clip(np.round(2 * stars) / 2, 0.5, 5.0), times.astype(np.int64))

    def _draw_pairs(
        self, activity: Floats, favourites: Rows, count: int, rng: np.random.Generator
    ) -> tuple[Rows, Rows]:
        """`count` different pairs, ascending: rows of users (of the chunk), and movies."""
        pairs = np.empty(0, np.int64)
        while len(pairs) < count:  # pairs that come twice fall away, so more are drawn than wanted
            wanted = round(1.3 * (count - len(pairs))) + 16
            users = np.repeat(np.arange(len(activity)), rng.multinomial(wanted, activity / activity.sum()))
            tastes = favourites[users, rng.choice(len(_FAVOURITES), wanted, p=_FAVOURITES)]
            places = np.searchsorted(self._cumulative, tastes + rng.random(wanted), side="right")
            movies = np.minimum(places - tastes * self.shape.movies, self.shape.movies - 1)
            pairs = np.sort(np.concatenate([pairs, users * self.shape.movies + movies]))
            pairs = pairs[np.diff(pairs, prepend=-1) > 0]  # np.unique of numpy 2.3 takes ten times as long
        pairs = pairs[np.sort(rng.permutation(len(pairs))[:count])]
        return np.divmod(pairs, self.shape.movies)


def names(prefix: str, count: int) -> Array:
    """`count` ids: object (str) [count]."""
    return np.array([f"{prefix}{number}" for number in range(count)], object)
