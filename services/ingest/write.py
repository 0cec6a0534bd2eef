"""What was read and cleaned, into the graph: nodes before the relationships between them, in batches."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from services.ingest.clean.movies import Movie
from services.ingest.clean.ratings import Ratings
from services.ingest.clean.rows import Progress
from services.ingest.clean.tags import TagCounter
from services.ingest.clean.users import User
from shared.describing import Credit, Writer, credit, describe
from shared.graph.port import Array, Columns, End
from shared.own_properties import encode
from shared.schema import (
    ACTED_IN,
    DIRECTED,
    HAS_TAG,
    IN_GENRE,
    MISSING_INT,
    MOVIE,
    RATED,
    RELEASED_IN,
    TAG,
    USER,
    EdgeKind,
    NodeKind,
)

_BATCH_ROWS: Final = 100_000
_RATINGS_AT_ONCE: Final = 60_000  # Neo4j takes 75,000 a second, and progress is told once a second
_BATCH_MOVIES: Final = 20_000  # each is one pass over SQLite's relationships of a kind, to find those of the movies


class Watched:
    """Writes to another writer, and knows what was written.

    Attributes:
        has_begun: whether anything was written, or tried.
        ratings: how many ratings were written.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.has_begun = False
        self.ratings = 0

    def put_nodes(self, kind: NodeKind, columns: Columns) -> None:
        """See `shared.graph.Graph`."""
        self.has_begun = True
        self._writer.put_nodes(kind, columns)

    def put_edges(self, kind: EdgeKind, sources: Array, targets: Array, columns: Columns) -> None:
        """See `shared.graph.Graph`."""
        self.has_begun = True
        self._writer.put_edges(kind, sources, targets, columns)
        if kind is RATED:
            self.ratings += len(sources)

    def delete_edges_of(self, kind: EdgeKind, end: End, keys: Sequence[str]) -> None:
        """See `shared.graph.Graph`."""
        self.has_begun = True
        self._writer.delete_edges_of(kind, end, keys)


class Nowhere:
    """Writes nothing: what is left of `load` is a check."""

    def put_nodes(self, kind: NodeKind, columns: Columns) -> None:
        """Nothing."""

    def put_edges(self, kind: EdgeKind, sources: Array, targets: Array, columns: Columns) -> None:
        """Nothing."""

    def delete_edges_of(self, kind: EdgeKind, end: End, keys: Sequence[str]) -> None:
        """Nothing."""


def write_movies(writer: Writer, movies: Mapping[str, Movie]) -> None:
    """Movies by id, with their genres, years and people.

    What a source tells of a movie replaces what was told before; what it does not tell stays.
    """
    ids = list(movies)
    for start in range(0, len(ids), _BATCH_MOVIES):
        _write_batch(writer, {id_: movies[id_] for id_ in ids[start : start + _BATCH_MOVIES]})


def _write_batch(writer: Writer, movies: Mapping[str, Movie]) -> None:
    columns = {
        "movieId": _strings(list(movies)),
        "title": _strings([movie.title for movie in movies.values()]),
        "year": _ints([movie.year for movie in movies.values()]),
        "language": _strings([movie.language for movie in movies.values()]),
        "imdbId": _strings([movie.imdb_id for movie in movies.values()]),
        "tmdbId": _strings([movie.tmdb_id for movie in movies.values()]),
        "properties": _strings([encode(movie.properties) for movie in movies.values()]),
    }
    writer.put_nodes(MOVIE, columns)
    describe(writer, IN_GENRE, {id_: movie.genres for id_, movie in movies.items() if movie.genres is not None})
    describe(writer, RELEASED_IN, {id_: [str(movie.year)] for id_, movie in movies.items() if movie.year is not None})
    credit(writer, DIRECTED, {id_: _people(m.directors) for id_, m in movies.items() if m.directors is not None})
    credit(writer, ACTED_IN, {id_: _people(m.actors) for id_, m in movies.items() if m.actors is not None})


def _people(names: Sequence[str]) -> list[Credit]:
    return [Credit.of_name(name) for name in names]


def write_users(writer: Writer, users: Mapping[str, User]) -> None:
    """Users that the source describes, by id."""
    if users:
        columns = {
            "userId": _strings(list(users)),
            "gender": _strings([user.gender for user in users.values()]),
            "age": _ints([user.age for user in users.values()]),
            "occupation": _strings([user.occupation for user in users.values()]),
        }
        writer.put_nodes(USER, columns)


def write_ratings(writer: Writer, batch: Ratings, described: Mapping[str, User], progress: Progress) -> None:
    """Ratings, and before them their users and movies, where those were not written before."""
    if new_users := [user for user in batch.new_users if user not in described]:
        writer.put_nodes(USER, {"userId": _strings(new_users)})
    if batch.new_movies:
        writer.put_nodes(MOVIE, {"movieId": _strings(batch.new_movies)})
    for start in range(0, len(batch), _RATINGS_AT_ONCE):
        rows = slice(start, start + _RATINGS_AT_ONCE)
        columns = {"rating": batch.ratings[rows], "ratedAt": batch.rated_at[rows]}
        writer.put_edges(RATED, batch.users[rows], batch.movies[rows], columns)
        progress(min(rows.stop / len(batch), 1.0))


def write_tags(writer: Writer, counter: TagCounter) -> None:
    """The tags and how often each movie was given them."""
    if counter.tags:
        writer.put_nodes(TAG, {"name": _strings(list(counter.tags))})
    for movies, tags, counts in counter.batches(_BATCH_ROWS):
        writer.put_edges(HAS_TAG, movies, tags, {"count": counts})


def _strings(values: Sequence[str | None]) -> Array:
    return np.array(values, object)


def _ints(values: Sequence[int | None]) -> Array:
    return np.array([MISSING_INT if value is None else value for value in values], np.int64)
