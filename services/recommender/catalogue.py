"""The movies as the recommender shows them: read from the graph whole, each one's JSON encoded once."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson

from services.recommender.cursor import Marks
from services.recommender.filterable import filterable
from services.recommender.filters.masks import Masks
from services.recommender.links import Names, read_links
from services.recommender.search import TitleIndex
from shared.errors import NotFoundError
from shared.graph import Graph, NodeTable
from shared.graph.columns import objects
from shared.graph.port import Array
from shared.ids import IdMap, Rows
from shared.schema import ACTED_IN, DIRECTED, HAS_TAG, IN_GENRE, MISSING_INT, MOVIE, PERSON, RATED

_MAX_ACTORS: Final = 10  # the leading ones; a full cast would be most of an answer
_PROPERTIES: Final = ("title", "year", "language", "imdbId", "tmdbId")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All movies of the graph at one revision, in one order of n rows.

    Attributes:
        ids: movie ids and their rows.
        tails: each movie as JSON without the opening brace, so that an answer can put a score before it.
        by_popularity: all rows, most ratings first, equal ones in order.
        ratings: how many ratings each movie has, int64[n].
        titles: for searches.
        years: int64[n], `MISSING_INT` where a movie has none.
        newest: the rows of those that have, the latest year first, of a year those that came last into the graph.
        masks: for filters.
        marks: for cursors.
        revision: of the graph, before it was read.
    """

    ids: IdMap
    tails: list[bytes]
    by_popularity: Rows
    ratings: npt.NDArray[np.int64]
    titles: TitleIndex
    years: npt.NDArray[np.int64]
    newest: Rows
    masks: Masks
    marks: Marks
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

    def json(self, row: int) -> bytes:
        """A movie as JSON."""
        return b"{" + self.tails[row]


def read_catalogue(graph: Graph) -> Catalogue:
    """Read all movies with what is shown of them, and what they can be filtered by.

    Raises:
        UnavailableError: the graph does not answer.
    """
    revision = graph.read_revision()  # first: what changes while the rest is read is read again
    movies = graph.read_nodes(MOVIE, _PROPERTIES)
    ratings = graph.count_edges_by_target(RATED, movies)
    genres = read_links(graph, IN_GENRE, movies)
    people = graph.read_nodes(PERSON, ("name",))
    directors = read_links(graph, DIRECTED, movies, people)
    actors = read_links(graph, ACTED_IN, movies, people)
    by_popularity = np.argsort(-ratings, kind="stable")
    years = movies.columns["year"]
    by_year = np.lexsort((movies.handles, years))[::-1]
    return Catalogue(
        ids=IdMap(movies.keys),
        tails=_encode(
            movies, ratings, genres.of_each(), directors.of_each(), [names[:_MAX_ACTORS] for names in actors.of_each()]
        ),
        by_popularity=by_popularity,
        ratings=ratings,
        titles=TitleIndex(movies.columns["title"].tolist(), by_popularity),
        years=years,
        newest=by_year[years[by_year] != MISSING_INT],
        masks=Masks(
            filterable(
                movies,
                ratings,
                {"genre": genres, "tag": read_links(graph, HAS_TAG, movies), "director": directors, "actor": actors},
            )
        ),
        marks=Marks(movies.keys.tolist()),
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
                "ratingsCount": count,
            }
        )[1:]
        for row, (movie_id, count) in enumerate(zip(movies.keys.tolist(), ratings.tolist(), strict=True))
    ]
