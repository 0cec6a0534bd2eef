"""The data of a training as arrays: read once from the graph, in one order whichever store it comes from."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shared.errors import InvalidInputError
from shared.graph.port import Array, EdgeBatch, Graph
from shared.ids import Rows
from shared.opinions import DISLIKES, are_likes, opinions
from shared.schema import DISLIKED, LIKED, MOVIE, RATED, USER, EdgeKind


@dataclass(frozen=True, slots=True)
class Interactions:
    """Who rated or liked what, how and when. Users and movies are ordered by key, events by user, then movie.

    Attributes:
        user_keys: object (str) [n_users].
        movie_keys: object (str) [n_movies].
        users: int64[n], rows of users.
        movies: int64[n], rows of movies.
        ratings: float32[n], in stars; NaN of a movie that was liked and not rated.
        times: int64[n], milliseconds since 1970, or `MISSING_INT`.
        said: int8[n], as in `shared.opinions`: what was said of a movie after it was rated, or without; None where
            ratings are all there is.
    """

    user_keys: Array
    movie_keys: Array
    users: Rows
    movies: Rows
    ratings: npt.NDArray[np.float32]
    times: Rows
    said: npt.NDArray[np.int8] | None = None

    def __len__(self) -> int:
        return len(self.users)

    def likes(self, threshold: float) -> npt.NDArray[np.bool_]:
        """Which events are likes, bool[n]: said to be, or of at least `threshold` stars and not disliked since."""
        if self.said is None:
            return np.greater_equal(self.ratings, threshold)
        return are_likes(self.ratings, self.said, threshold)

    def rated(self) -> "Interactions":
        """The ratings alone."""
        return self if self.said is None else replace(self.take(~np.isnan(self.ratings)), said=None)

    def take(self, which: npt.NDArray[np.bool_]) -> "Interactions":
        """Some of the events, by mask."""
        said = None if self.said is None else self.said[which]
        kept = {name: getattr(self, name)[which] for name in ("users", "movies", "ratings", "times")}
        return replace(self, said=said, **kept)

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
        if self.said is not None:
            digest.update(self.said.tobytes())
        return digest.hexdigest()

    @classmethod
    def ordered(
        cls, *, user_keys: Array, movie_keys: Array, users: Rows, movies: Rows, ratings: Array, times: Rows
    ) -> "Interactions":
        """The same data in the order that this class promises, from any order of keys and events."""
        user_order, user_rows = _sorted_rows(user_keys)
        movie_order, movie_rows = _sorted_rows(movie_keys)
        events = _Events(user_rows[users], movie_rows[movies], ratings.astype(np.float32), times)
        return cls(user_keys[user_order], movie_keys[movie_order], *_in_order([events], len(movie_keys)))


class _Events(NamedTuple):
    """Columns of some events, as `Interactions` has them."""

    users: Rows
    movies: Rows
    ratings: npt.NDArray[np.float32]
    times: Rows


def _in_order(parts: list[_Events], n_movies: int) -> _Events:
    """All events by user, then movie. Empties `parts`, and goes column by column: no column is held three times."""
    users, movies, *others = ([part[column] for part in parts] for column in range(len(_Events._fields)))
    parts.clear()
    codes = _joined(users) * n_movies + _joined(movies)
    order = np.argsort(codes)  # one key takes a fifth of the time of two
    codes = codes[order]
    columns = np.divmod(codes, n_movies)
    del codes
    return _Events(*columns, *(_joined(column)[order] for column in others))


def _joined(parts: list[Array]) -> Array:
    joined = np.concatenate(parts)
    parts.clear()
    return joined


def _sorted_rows(keys: Array) -> tuple[Rows, Rows]:
    """The order that sorts keys, and where each row comes to stand."""
    order = np.argsort(keys.astype(str), kind="stable")
    rows = np.empty(len(keys), np.int64)
    rows[order] = np.arange(len(keys))
    return order, rows


def read_interactions(graph: Graph, on_batch: Callable[[float], None] = lambda _: None) -> Interactions:
    """All users, movies, ratings and likes of the graph. `on_batch` is told what part is read, 0 to 1.

    Raises:
        InvalidInputError: there is no rating and no like.
    """
    users, movies = graph.read_nodes(USER), graph.read_nodes(MOVIE)
    user_order, user_rows = _sorted_rows(users.keys)
    movie_order, movie_rows = _sorted_rows(movies.keys)
    parts = []
    for batch in graph.read_edges(RATED, users, movies, ("rating", "ratedAt")):
        ratings, times = batch.columns["rating"].astype(np.float32), batch.columns["ratedAt"]
        parts.append(_Events(user_rows[batch.sources], movie_rows[batch.targets], ratings, times))
        on_batch(batch.fraction)

    def said(kind: EdgeKind) -> tuple[Rows, Rows]:
        found = EdgeBatch.concatenate(list(graph.read_edges(kind, users, movies, ("at",))), kind, ("at",))
        return user_rows[found.sources] * len(movies) + movie_rows[found.targets], found.columns["at"]

    liked, disliked = said(LIKED), said(DISLIKED)
    if not len(liked[0]) and not any(len(part.users) for part in parts):
        raise InvalidInputError(
            "The graph holds no ratings and no likes, so there is nothing to train on. Ingest some."
        )
    nothing = np.empty(0, np.int64)
    parts.append(_Events(nothing, nothing, np.empty(0, np.float32), nothing))
    rated = Interactions(users.keys[user_order], movies.keys[movie_order], *_in_order(parts, len(movies)))
    return _with_said(rated, liked, disliked) if len(liked[0]) or len(disliked[0]) else rated


def _with_said(data: Interactions, liked: tuple[Rows, Rows], disliked: tuple[Rows, Rows]) -> Interactions:
    """Ratings with what was liked and disliked besides: codes of pairs and times each.

    A movie that was disliked and never rated says nothing to learn from, so it is no event.
    """
    rated = data.users * data.n_movies + data.movies
    found = opinions((rated, data.ratings, data.times), liked, disliked)
    users, movies = np.divmod(found.pairs, data.n_movies)
    ratings = found.ratings.astype(np.float32)
    merged = replace(data, users=users, movies=movies, ratings=ratings, times=found.times, said=found.said)
    return merged.take((found.said != DISLIKES) | ~np.isnan(ratings))
