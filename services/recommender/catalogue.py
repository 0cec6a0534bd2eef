"""The movies as the recommender shows them: read from the graph whole, each one's JSON encoded once."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson

from services.recommender.search import TitleIndex
from shared.errors import NotFoundError
from shared.graph import Graph, NodeTable
from shared.graph.columns import objects
from shared.graph.port import Array
from shared.ids import IdMap, Rows
from shared.schema import (
    ACTED_IN,
    DIRECTED,
    GENRE,
    IN_GENRE,
    MISSING_INT,
    MOVIE,
    PERSON,
    RATED,
    EdgeKind,
)

MAX_ACTORS: Final = 10  # the leading ones; a full cast would be most of an answer
_PROPERTIES: Final = ("title", "year", "imdbId", "tmdbId", "properties")

Names = list[list[str]]
"""For each movie's row the names of what it is connected with."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All movies of the graph at one revision, in one order of n rows.

    Attributes:
        ids: movie ids and their rows.
        tails: each movie as JSON without the opening brace, so that an answer can put a score before it.
        by_popularity: all rows, most ratings first, equal ones in order.
        by_id: all rows, by their ids.
        ratings: how many ratings each movie has, int64[n].
        titles: for searches.
        revision: of the graph, before it was read.
    """

    ids: IdMap
    tails: list[bytes]
    by_popularity: Rows
    by_id: Rows
    ratings: npt.NDArray[np.int64]
    titles: TitleIndex
    revision: int

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, movie_id: str) -> int:
        """The row of a movie.

        Raises:
            NotFoundError: there is no such movie.
        """
        row = self.ids.row(movie_id)
        if row is None:
            raise NotFoundError(f"There is no movie {movie_id!r}; GET /v1/movies?q= finds movies by title.")
        return row

    def own_ids(self, movie_ids: Array) -> Array:
        """The same ids, object (str) [n], as the very strings that the catalogue holds: who keeps them keeps no others.

        Ids of movies that are not in the catalogue stay what they are.
        """
        rows = self.ids.rows(movie_ids.tolist())
        mine = [self.ids.ids[row] if row >= 0 else id_ for row, id_ in zip(rows.tolist(), movie_ids, strict=True)]
        return objects(mine)

    def rows_after(self, movie_id: str) -> Rows:
        """The rows of the movies whose ids come after one, in the order of ids."""
        ids = self.ids.ids
        return self.by_id[bisect_right(self.by_id, movie_id, key=ids.__getitem__) :]

    def json(self, row: int) -> bytes:
        """A movie as JSON."""
        return b"{" + self.tails[row]


def read_catalogue(graph: Graph) -> Catalogue:
    """Read all movies with what is shown of them.

    Raises:
        UnavailableError: the graph does not answer.
    """
    revision = graph.read_revision()  # first: what changes while the rest is read is read again
    movies = graph.read_nodes(MOVIE, _PROPERTIES)
    ratings = graph.count_edges_by_target(RATED, movies)
    by_popularity = np.argsort(-ratings, kind="stable")
    return Catalogue(
        ids=IdMap(movies.keys),
        tails=_encode(movies, ratings, _genres(graph, movies), *_people(graph, movies)),
        by_popularity=by_popularity,
        by_id=np.array(sorted(range(len(movies)), key=movies.keys.tolist().__getitem__), np.int64),
        ratings=ratings,
        titles=TitleIndex(movies.columns["title"].tolist(), by_popularity),
        revision=revision,
    )


def _encode(
    movies: NodeTable, ratings: npt.NDArray[np.int64], genres: Names, directors: Names, actors: Names
) -> list[bytes]:
    columns = {name: movies.columns[name].tolist() for name in _PROPERTIES}
    return [
        orjson.dumps(
            {
                "movieId": movie_id,
                "title": columns["title"][row],
                "year": None if columns["year"][row] == MISSING_INT else columns["year"][row],
                "genres": genres[row],
                "directors": directors[row],
                "actors": actors[row],
                "imdbId": columns["imdbId"][row],
                "tmdbId": columns["tmdbId"][row],
                "properties": orjson.Fragment(columns["properties"][row] or b"{}"),
                "ratingsCount": count,
            }
        )[1:]
        for row, (movie_id, count) in enumerate(zip(movies.keys.tolist(), ratings.tolist(), strict=True))
    ]


def _genres(graph: Graph, movies: NodeTable) -> Names:
    genres = graph.read_nodes(GENRE)
    names: Names = [[] for _ in range(len(movies))]
    for batch in graph.read_edges(IN_GENRE, movies, genres):
        for movie, name in zip(batch.sources.tolist(), genres.keys[batch.targets].tolist(), strict=True):
            names[movie].append(name)
    for of_movie in names:
        of_movie.sort()
    return names


def _people(graph: Graph, movies: NodeTable) -> tuple[Names, Names]:
    """Directors, by name; and the leading actors, in their order."""
    people = graph.read_nodes(PERSON, ("name",))
    shown = [name or key for name, key in zip(people.columns["name"].tolist(), people.keys.tolist(), strict=True)]
    directors = _connected(graph, DIRECTED, people, movies, shown)
    actors = _connected(graph, ACTED_IN, people, movies, shown)
    return directors, [names[:MAX_ACTORS] for names in actors]


def _connected(graph: Graph, kind: EdgeKind, people: NodeTable, movies: NodeTable, shown: Sequence[str]) -> Names:
    """Names of the people of each movie, in the relationship's order where it has one, then by name."""
    properties = [property_.name for property_ in kind.properties if property_.name == "order"]
    found: list[list[tuple[int, str]]] = [[] for _ in range(len(movies))]
    for batch in graph.read_edges(kind, people, movies, properties):
        orders: list[Any] = batch.columns["order"].tolist() if properties else [0] * len(batch)
        for person, movie, order in zip(batch.sources.tolist(), batch.targets.tolist(), orders, strict=True):
            last = order == MISSING_INT
            found[movie].append((2**63 if last else order, shown[person]))
    return [[name for _, name in sorted(of_movie)] for of_movie in found]
