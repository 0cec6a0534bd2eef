"""Where each movie of a map lies: the most liked as t-SNE lays them out, the others among those most like them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.trainer.plots.movie_map import LEAST_MOVIES, MOST_MOVIES, OTHER, Floats, MapData, lay_out, map_genres
from shared.movie_map import EXTENT, MovieMap

_NEIGHBOURS: Final = 5
_SHARPNESS: Final = 20.0  # a cosine of .05 less weighs e times less: who lies between two groups goes to the nearer one

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlacedMovies:
    """Movies with their places on a map.

    Attributes:
        movies: the most liked first.
        places: float64[n, 2], of each.
    """

    movies: MapData
    places: Floats

    def as_map(self) -> MovieMap:
        """As it is kept with a version."""
        low, high = self.places.min(axis=0), self.places.max(axis=0)
        scaled = np.rint((self.places - low) * (EXTENT / max(float((high - low).max()), 1e-12))).astype(int)
        genres = [None if genre == OTHER else genre for genre in map_genres(self.movies.genres)]
        return MovieMap(self.movies.movie_ids, scaled[:, 0].tolist(), scaled[:, 1].tolist(), genres)


def place_movies(movies: MapData, on_step: Callable[[float], None] = lambda _: None) -> PlacedMovies | None:
    """Places of all movies, the same each time; None, and a line in the log, where they can't be found.

    t-SNE takes some seconds for a thousand movies and some minutes for all. So it lays the first out, and another lies
    at the mean of the five that are most like it, weighed by how much they are.

    Args:
        movies: the most liked first.
        on_step: told before it begins that nothing of it is done. What it raises ends it.
    """
    on_step(0.0)
    if len(movies) < LEAST_MOVIES:
        return None
    try:
        laid_out = lay_out(movies.vectors[:MOST_MOVIES])
        others = place_among(movies.vectors[MOST_MOVIES:], movies.vectors[:MOST_MOVIES], laid_out)
    except Exception:  # whatever is odd about the vectors: the version is worth more than its map
        log.exception("the map of the movies can't be laid out; the version goes without it")
        return None
    return PlacedMovies(movies, np.concatenate([laid_out, others]))


def place_among(vectors: Floats, known: Floats, places: Floats) -> Floats:
    """Places float64[m, 2] of more movies on a map.

    Args:
        vectors: float[m, d], of length one.
        known: float[n, d], of the movies that are on the map, of length one.
        places: float[n, 2], of these.
    """
    neighbours = min(_NEIGHBOURS, len(known))
    cosines = vectors @ known.T
    nearest = np.argpartition(-cosines, neighbours - 1, axis=1)[:, :neighbours]
    near = np.take_along_axis(cosines, nearest, axis=1)
    weights = np.exp(_SHARPNESS * (near - near.max(axis=1, keepdims=True)))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("mk,mkd->md", weights, places[nearest]), np.float64)
