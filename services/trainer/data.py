"""The data of a training as arrays: read once from the graph, in one order whichever store it comes from."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.errors import InvalidInputError
from shared.graph.port import Array, EdgeBatch, Graph
from shared.ids import Rows
from shared.schema import MOVIE, RATED, USER


@dataclass(frozen=True, slots=True)
class Interactions:
    """Who rated what, how and when. Users and movies are ordered by key, events by user, then movie.

    Attributes:
        user_keys: object (str) [n_users].
        movie_keys: object (str) [n_movies].
        users: int64[n], rows of users.
        movies: int64[n], rows of movies.
        ratings: float32[n], in stars.
        times: int64[n], milliseconds since 1970, or `MISSING_INT`.
    """

    user_keys: Array
    movie_keys: Array
    users: Rows
    movies: Rows
    ratings: npt.NDArray[np.float32]
    times: Rows

    def __len__(self) -> int:
        return len(self.users)

    @property
    def n_users(self) -> int:
        """How many users there are, with ratings or without."""
        return len(self.user_keys)

    @property
    def n_movies(self) -> int:
        """How many movies there are, with ratings or without."""
        return len(self.movie_keys)

    def fingerprint(self) -> str:
        """SHA-256 over keys and events: two data sets are the same if theirs is."""
        digest = hashlib.sha256()
        for keys in (self.user_keys, self.movie_keys):
            digest.update("\0".join(keys).encode() + b"\0\0")
        for column, dtype in ((self.users, "<i8"), (self.movies, "<i8"), (self.ratings, "<f4"), (self.times, "<i8")):
            digest.update(np.ascontiguousarray(column, dtype=dtype).tobytes())
        return digest.hexdigest()

    @classmethod
    def ordered(
        cls, *, user_keys: Array, movie_keys: Array, users: Rows, movies: Rows, ratings: Array, times: Rows
    ) -> "Interactions":
        """The same data in the order that this class promises, from any order of keys and events."""
        user_order, user_rows = _sorted_rows(user_keys)
        movie_order, movie_rows = _sorted_rows(movie_keys)
        users, movies = user_rows[users], movie_rows[movies]
        order = np.lexsort((movies, users))
        return cls(
            user_keys[user_order],
            movie_keys[movie_order],
            users[order],
            movies[order],
            ratings[order].astype(np.float32),
            times[order],
        )


def _sorted_rows(keys: Array) -> tuple[Rows, Rows]:
    """The order that sorts keys, and where each row comes to stand."""
    order = np.argsort(keys.astype(str), kind="stable")
    rows = np.empty(len(keys), np.int64)
    rows[order] = np.arange(len(keys))
    return order, rows


def read_interactions(graph: Graph, on_batch: Callable[[float], None] = lambda _: None) -> Interactions:
    """All users, movies and ratings of the graph. `on_batch` is told what part is read, 0 to 1.

    Raises:
        InvalidInputError: there is no rating.
    """
    users, movies = graph.read_nodes(USER), graph.read_nodes(MOVIE)
    batches = []
    for batch in graph.read_edges(RATED, users, movies, ("rating", "ratedAt")):
        batches.append(batch)
        on_batch(batch.fraction)
    rated = EdgeBatch.concatenate(batches, RATED, ("rating", "ratedAt"))
    if not len(rated):
        raise InvalidInputError("The graph holds no ratings, so there is nothing to train on. Ingest some first.")
    return Interactions.ordered(
        user_keys=users.keys,
        movie_keys=movies.keys,
        users=rated.sources,
        movies=rated.targets,
        ratings=rated.columns["rating"],
        times=rated.columns["ratedAt"],
    )
