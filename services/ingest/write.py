"""What was read and cleaned, into the graph: nodes before the relationships between them, in batches."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import numpy as np

from services.ingest.columns import word
from services.ingest.movies import Movie
from services.ingest.ratings import Ratings
from services.ingest.tags import TagCounter
from services.ingest.users import User
from shared.graph.port import Array, Columns
from shared.schema import (
    ACTED_IN,
    DIRECTED,
    GENRE,
    HAS_TAG,
    IN_GENRE,
    MISSING_INT,
    MOVIE,
    PERSON,
    RATED,
    RELEASED_IN,
    TAG,
    USER,
    YEAR,
    EdgeKind,
    NodeKind,
)

_BATCH_ROWS: Final = 100_000


class Writer(Protocol):
    """What of a graph is written to."""

    def put_nodes(self, kind: NodeKind, columns: Columns) -> None:
        """See `shared.graph.Graph`."""

    def put_edges(self, kind: EdgeKind, sources: Array, targets: Array, columns: Columns) -> None:
        """See `shared.graph.Graph`."""


class Nowhere:
    """Writes nothing: what is left of `load` is a check."""

    def put_nodes(self, kind: NodeKind, columns: Columns) -> None:
        """Nothing."""

    def put_edges(self, kind: EdgeKind, sources: Array, targets: Array, columns: Columns) -> None:
        """Nothing."""


def write_movies(writer: Writer, movies: Mapping[str, Movie]) -> None:
    """Movies by id, with their genres, years and people."""
    ids = list(movies)
    columns = {
        "movieId": _strings(ids),
        "title": _strings([movie.title for movie in movies.values()]),
        "year": _ints([movie.year for movie in movies.values()]),
        "imdbId": _strings([movie.imdb_id for movie in movies.values()]),
        "tmdbId": _strings([movie.tmdb_id for movie in movies.values()]),
    }
    for start in range(0, len(ids), _BATCH_ROWS):
        batch = slice(start, start + _BATCH_ROWS)
        writer.put_nodes(MOVIE, {name: column[batch] for name, column in columns.items()})
    _describe(writer, IN_GENRE, GENRE, [(id_, genre) for id_, movie in movies.items() for genre in movie.genres])
    _describe(writer, RELEASED_IN, YEAR, [(id_, str(movie.year)) for id_, movie in movies.items() if movie.year])
    _credit(writer, DIRECTED, [(name, id_, None) for id_, movie in movies.items() for name in movie.directors])
    actors = ((name, id_, order) for id_, movie in movies.items() for order, name in enumerate(movie.actors))
    _credit(writer, ACTED_IN, list(actors))


def _describe(writer: Writer, kind: EdgeKind, target: NodeKind, pairs: Sequence[tuple[str, str]]) -> None:
    """Write relationships from movies to nodes that have nothing but a name."""
    names = dict.fromkeys(name for _, name in pairs)
    if names:
        writer.put_nodes(target, {target.key: _strings(list(names))})
    for start in range(0, len(pairs), _BATCH_ROWS):
        sources, targets = zip(*pairs[start : start + _BATCH_ROWS], strict=True)
        writer.put_edges(kind, _strings(sources), _strings(targets), {})


def person_id(name: str) -> str:
    """The id of a person of whom a source knows the name alone: the same however the name is spaced and capitalised.

    >>> person_id("Agnès  Varda")
    'name:agnès varda'
    """
    return f"name:{word(name)}"


def _credit(writer: Writer, kind: EdgeKind, credits_: Sequence[tuple[str, str, int | None]]) -> None:
    """Write people and what they did: name, movie and place in the order of the parts, where that is known."""
    if not credits_:
        return
    names, movies, orders = zip(*credits_, strict=True)
    ids = _strings([person_id(name) for name in names])
    writer.put_nodes(PERSON, {"personId": ids, "name": _strings(names)})
    writer.put_edges(kind, ids, _strings(movies), {"order": _ints(orders)} if kind.properties else {})


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


def write_ratings(writer: Writer, batch: Ratings, described: Mapping[str, User]) -> None:
    """Ratings, and before them their users and movies, where those were not written before."""
    if new_users := [user for user in batch.new_users if user not in described]:
        writer.put_nodes(USER, {"userId": _strings(new_users)})
    if batch.new_movies:
        writer.put_nodes(MOVIE, {"movieId": _strings(batch.new_movies)})
    if len(batch):
        columns = {"rating": batch.ratings, "ratedAt": batch.rated_at}
        writer.put_edges(RATED, batch.users, batch.movies, columns)


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
