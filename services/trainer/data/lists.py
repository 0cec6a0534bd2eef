"""For each user a list of movies: the one form in which likes, ratings and held-out events go through the trainer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from shared.ids import Rows


@dataclass(frozen=True, slots=True)
class UserLists:
    """The movies of user u are `movies[starts[u]:starts[u + 1]]`, ascending, each once.

    Attributes:
        starts: int64[n_users + 1].
        movies: int64[total], rows of movies.
        n_movies: how many movies there are, listed or not.
    """

    starts: Rows
    movies: Rows
    n_movies: int

    @classmethod
    def from_pairs(cls, users: Rows, movies: Rows, *, n_users: int, n_movies: int) -> "UserLists":
        """Lists of all pairs (users[e], movies[e]), in any order; a pair that stands there twice counts once.

        >>> lists = UserLists.from_pairs(np.array([1, 0, 1]), np.array([2, 0, 1]), n_users=3, n_movies=4)
        >>> lists.starts.tolist(), lists.movies.tolist()
        ([0, 1, 3, 3], [0, 1, 2])
        """
        codes = np.sort(users * n_movies + movies)  # np.unique takes eighty times as long on twenty million
        first = np.ones(len(codes), np.bool_)
        first[1:] = codes[1:] != codes[:-1]
        users, movies = np.divmod(codes[first], max(n_movies, 1))
        return cls.from_ordered(users, movies, n_users=n_users, n_movies=n_movies)

    @classmethod
    def from_ordered(cls, users: Rows, movies: Rows, *, n_users: int, n_movies: int) -> "UserLists":
        """Lists of pairs that are ordered by user, then movie, each there once."""
        starts = np.concatenate([[0], np.cumsum(np.bincount(users, minlength=n_users))])
        return cls(starts, movies, n_movies)

    @property
    def n_users(self) -> int:
        """How many users there are, with or without movies."""
        return len(self.starts) - 1

    def __len__(self) -> int:
        """How many pairs of a user and a movie there are."""
        return len(self.movies)

    def lengths(self) -> Rows:
        """How many movies each user has: int64[n_users]."""
        return np.diff(self.starts)

    def counts(self) -> Rows:
        """How many users each movie has: int64[n_movies]."""
        return np.bincount(self.movies, minlength=self.n_movies)

    def users(self) -> Rows:
        """The user of each entry of `movies`: int64[total]."""
        return np.repeat(np.arange(self.n_users, dtype=np.int64), self.lengths())

    def take(self, users: Rows) -> "UserLists":
        """The lists of some users, in the order given."""
        lengths = self.starts[users + 1] - self.starts[users]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        entries = np.arange(starts[-1]) + np.repeat(self.starts[users] - starts[:-1], lengths)
        return UserLists(starts, self.movies[entries], self.n_movies)

    def keep(self, kept: npt.NDArray[np.bool_]) -> "UserLists":
        """The entries for which `kept`, bool[total], is true."""
        starts = np.concatenate([[0], np.cumsum(kept)])[self.starts]
        return UserLists(starts, self.movies[kept], self.n_movies)

    def union(self, other: "UserLists") -> "UserLists":
        """What is in either, user by user."""
        users = np.concatenate([self.users(), other.users()])
        movies = np.concatenate([self.movies, other.movies])
        return UserLists.from_pairs(users, movies, n_users=self.n_users, n_movies=self.n_movies)

    def each(self) -> Sequence[Rows]:
        """Every user's movies, as one array a user."""
        return np.split(self.movies, self.starts[1:-1]) if self.n_users else []

    def matrix(self) -> "csr_array[np.float32]":
        """float32[n_users, n_movies], 1 where a user has a movie."""
        ones = np.ones(len(self.movies), np.float32)
        return csr_array((ones, self.movies, self.starts), shape=(self.n_users, self.n_movies))
