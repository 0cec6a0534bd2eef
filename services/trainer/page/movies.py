"""The movies of a page's map: the most liked of those that the graph describes."""

from typing import Final

import numpy as np

from services.trainer.plots.movie_map import MapData
from shared.graph.port import Array, EdgeBatch, Graph
from shared.ids import IdMap, Rows
from shared.schema import GENRE, IN_GENRE, MOVIE
from shared.scoring import Floats

MOST_MOVIES: Final = 5_000
"""Of a map: what a browser draws anew sixty times a second."""


def read_map_data(graph: Graph, movie_keys: Array, directions: Floats, liked: Rows) -> MapData:
    """Ids, vectors, titles and genres of the most liked movies, the most liked first; those that nobody liked stay out.

    Args:
        graph: titles and genres are read from it; a movie that it no longer has stays out.
        movie_keys: object (str) [n_movies].
        directions: float32[n_movies, d], by which movies are compared.
        liked: int64[n_movies], likes of each movie.
    """
    movies, genres = graph.read_nodes(MOVIE, ["title"]), graph.read_nodes(GENRE)
    edges = EdgeBatch.concatenate(list(graph.read_edges(IN_GENRE, movies, genres)), IN_GENRE)
    order = np.argsort(-liked, kind="stable")[:MOST_MOVIES]
    order = order[liked[order] > 0]
    found = IdMap(movies.keys).rows(movie_keys[order].tolist())
    order, found = order[found >= 0], found[found >= 0]
    genres_of: dict[int, list[str]] = {row: [] for row in found.tolist()}
    wanted = np.isin(edges.sources, found)
    for row, genre in zip(edges.sources[wanted].tolist(), edges.targets[wanted].tolist(), strict=True):
        genres_of[row].append(genres.keys[genre])
    return MapData(
        movie_keys[order].tolist(),
        directions[order],
        movies.columns["title"][found].tolist(),
        [genres_of[r] for r in found.tolist()],
    )
