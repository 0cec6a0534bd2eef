"""Ratings to learn from and ratings to predict, as arrays."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.trainer.data.fold import Fold, Rated
from services.trainer.data.interactions import Interactions
from shared.errors import InvalidInputError
from shared.ids import Rows
from shared.schema import MISSING_INT

HELD_OUT = 0.1  # of a user's ratings for the test, and as many before them for validation; at least one each
_SPLIT_SEED = 20  # of the order of events of one moment: the same for all models, so that they can be compared
_LEAST = 3  # ratings of a user from whom some are held out: one to know, one to choose by, one to judge by


@dataclass(frozen=True, slots=True)
class Ratings:
    """Some ratings, in any order.

    Attributes:
        users: int64[n], rows of users.
        movies: int64[n], rows of movies.
        stars: float32[n].
        n_users: how many users there are, with ratings or without.
        n_movies: how many movies there are.
    """

    users: Rows
    movies: Rows
    stars: npt.NDArray[np.float32]
    n_users: int
    n_movies: int

    def __len__(self) -> int:
        return len(self.users)

    def take(self, which: Rows | npt.NDArray[np.bool_]) -> "Ratings":
        """Some of them, by place or by mask."""
        return Ratings(self.users[which], self.movies[which], self.stars[which], self.n_users, self.n_movies)

    def by_user(self) -> "Ratings":
        """The same, ordered by user."""
        return self.take(np.argsort(self.users, kind="stable"))


@dataclass(frozen=True, slots=True)
class RatingFold:
    """What a rating model may know, and what it is to predict."""

    known: Ratings
    held_out: Ratings

    def __post_init__(self) -> None:
        codes = [part.users * part.n_movies + part.movies for part in (self.known, self.held_out)]
        if np.isin(codes[1], codes[0]).any():
            raise ValueError("a rating that is held out is known")


def ratings_of(fold: Fold) -> RatingFold:
    """The stars beside a fold of likes: all that may be known, and all that is held out, liked or not.

    Raises:
        InvalidInputError: the fold has no stars.
    """
    known, asked = fold.rated(), fold.asked
    if known is None or asked is None:
        raise InvalidInputError("These data hold likes alone, so no stars can be predicted.")
    return RatingFold(_ratings(known), _ratings(asked))


def _ratings(rated: Rated) -> Ratings:
    lists = rated.lists
    return Ratings(lists.users(), lists.movies, rated.stars, lists.n_users, lists.n_movies)


def all_ratings(data: Interactions) -> Ratings:
    """Every rating there is: what the published model is trained on. Likes without stars are none."""
    data = data.rated()
    return Ratings(data.users, data.movies, data.ratings, data.n_users, data.n_movies)


def split_ratings(data: Interactions) -> tuple[RatingFold, RatingFold]:
    """Train → validation, and both → test: each user's latest tenth is the test, the tenth before it validation.

    By user, as the likes of a ranking are split, and why: see `services.trainer.data.split`. Of a user with fewer than
    three ratings none is held out. Events of one moment, and all where times are missing, are in random order.
    """
    data = data.rated()
    by_time = bool((data.times != MISSING_INT).all())
    chance = np.random.default_rng(_SPLIT_SEED).permutation(len(data))
    order = np.lexsort((chance, data.times if by_time else chance, data.users))
    total = np.bincount(data.users, minlength=data.n_users)
    place = np.empty(len(data), np.int64)  # from a user's last event backwards
    place[order] = (np.cumsum(total) - 1)[data.users[order]] - np.arange(len(data))
    each = np.where(total >= _LEAST, np.maximum(1, np.round(HELD_OUT * total)), 0)[data.users]
    ratings = all_ratings(data)
    is_test, is_validation = place < each, (place >= each) & (place < 2 * each)
    return (
        RatingFold(ratings.take(~is_test & ~is_validation), ratings.take(is_validation)),
        RatingFold(ratings.take(~is_test), ratings.take(is_test)),
    )


def hold_out_at_random(ratings: Ratings, part: float, seed: int) -> RatingFold:
    """A part of ratings held out at random, as MovieLens 100K's folds are."""
    held = np.zeros(len(ratings), np.bool_)
    held[np.random.default_rng(seed).permutation(len(ratings))[: round(part * len(ratings))]] = True
    return RatingFold(ratings.take(~held), ratings.take(held))
