"""The movies that a request names: their rows of the catalogue, or which of them do not exist."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.recommender.movies.catalogue import Catalogue
from shared.errors import InvalidInputError
from shared.ids import Rows

_SHOWN: Final = 20  # of unknown movies, in a message


class UnknownMoviesError(InvalidInputError):
    """A request names movies that do not exist."""

    def __init__(self, movie_ids: Sequence[str]) -> None:
        self.movie_ids = tuple(movie_ids)
        more = f" and {len(movie_ids) - _SHOWN} more" if len(movie_ids) > _SHOWN else ""
        shown = ", ".join(repr(id_) for id_ in movie_ids[:_SHOWN])
        super().__init__(f"No such movies: {shown}{more}. GET /v1/movies?q= finds movies by title.")


def rows_of_picks(catalogue: Catalogue, likes: Sequence[str], dislikes: Sequence[str]) -> tuple[Rows, Rows]:
    """The catalogue's rows of movies that someone likes and dislikes, each once.

    Raises:
        UnknownMoviesError: a movie does not exist.
        InvalidInputError: a movie is both liked and disliked.
    """
    if both := sorted(set(likes) & set(dislikes)):
        raise InvalidInputError(f"Movie {both[0]!r} is among the likes and the dislikes. Take it out of one.")
    rows = known_rows(catalogue, list(dict.fromkeys([*likes, *dislikes])))
    liked = len(set(likes))
    return rows[:liked], rows[liked:]


def known_rows(catalogue: Catalogue, movie_ids: Sequence[str]) -> Rows:
    """The catalogue's rows of movies.

    Raises:
        UnknownMoviesError: a movie does not exist.
    """
    rows = catalogue.ids.rows(movie_ids)
    if (rows < 0).any():
        raise UnknownMoviesError([movie_ids[place] for place in np.flatnonzero(rows < 0).tolist()])
    return rows
