"""The movies as the recommender shows them: read from the graph whole, each one's JSON encoded once."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson

from services.recommender.filters.masks import Masks
from services.recommender.movies.connections import Connections
from services.recommender.movies.descriptions import MAX_ACTORS, Description, describe
from services.recommender.movies.filterable import filterable
from services.recommender.movies.links import Links, Names, read_links
from services.recommender.movies.own_fields import own_fields
from services.recommender.movies.search import TitleIndex
from services.recommender.movies.shown import Marks
from shared.errors import NotFoundError
from shared.graph import Graph, NodeTable
from shared.graph.columns import objects
from shared.graph.port import Array
from shared.ids import IdMap, Rows
from shared.own_properties import read_declared
from shared.schema import ACTED_IN, DIRECTED, HAS_TAG, IN_GENRE, MISSING_INT, MOVIE, PERSON, RATED

_PROPERTIES: Final = ("title", "year", "language", "imdbId", "tmdbId", "posterPath", "properties")
_AFTER_BRIEF: Final = b',"genres":['  # of a movie's JSON; no title holds it, since its quotes would be escaped


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
        years: int64[n], `MISSING_INT` where a movie has none.
        newest: the rows of those that have, the latest year first, of a year those that came last into the graph.
        masks: for filters.
        marks: for cursors.
        connections: what movies have in common.
        revision: of the graph, before it was read.
    """

    ids: IdMap
    tails: list[bytes]
    by_popularity: Rows
    by_id: Rows
    ratings: npt.NDArray[np.int64]
    titles: TitleIndex
    years: npt.NDArray[np.int64]
    newest: Rows
    masks: Masks
    marks: Marks
    connections: Connections
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

    def brief(self, row: int) -> bytes:
        """A movie's `movieId`, `title` and `year` alone: the fields of a JSON object, without its braces."""
        tail = self.tails[row]
        return tail[: tail.index(_AFTER_BRIEF)]


def read_catalogue(graph: Graph) -> Catalogue:
    """Read all movies with what is shown of them, and what they can be filtered by.

    Raises:
        UnavailableError: the graph does not answer.
    """
    revision = graph.read_revision()  # first: what changes while the rest is read is read again
    declared = read_declared(graph)
    movies = graph.read_nodes(MOVIE, _PROPERTIES)
    ratings = graph.count_edges_by_target(RATED, movies)
    genres = read_links(graph, IN_GENRE, movies)
    people = graph.read_nodes(PERSON, ("name",))
    directors = read_links(graph, DIRECTED, movies, people)
    actors = read_links(graph, ACTED_IN, movies, people)
    links: dict[str, Links] = {
        Description.GENRE: genres,
        Description.TAG: read_links(graph, HAS_TAG, movies),
        Description.DIRECTOR: directors,
        Description.ACTOR: actors,
    }
    by_popularity = np.argsort(-ratings, kind="stable")
    years = movies.columns["year"]
    by_year = np.lexsort((movies.handles, years))[::-1]
    return Catalogue(
        ids=IdMap(movies.keys),
        tails=_encode(
            movies, ratings, genres.of_each(), directors.of_each(), [names[:MAX_ACTORS] for names in actors.of_each()]
        ),
        by_popularity=by_popularity,
        by_id=np.array(sorted(range(len(movies)), key=movies.keys.tolist().__getitem__), np.int64),
        ratings=ratings,
        titles=TitleIndex(movies.columns["title"].tolist(), by_popularity),
        years=years,
        newest=by_year[years[by_year] != MISSING_INT],
        masks=Masks(
            filterable(movies, ratings, links, own_fields(declared, movies.columns["properties"].tolist())),
        ),
        marks=Marks(movies.keys.tolist()),
        connections=Connections.of(describe(years, links)),
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
                "language": columns["language"][row],
                "imdbId": columns["imdbId"][row],
                "tmdbId": columns["tmdbId"][row],
                "posterPath": columns["posterPath"][row],
                "properties": orjson.Fragment(columns["properties"][row] or b"{}"),
                "ratingsCount": count,
            }
        )[1:]
        for row, (movie_id, count) in enumerate(zip(movies.keys.tolist(), ratings.tolist(), strict=True))
    ]
