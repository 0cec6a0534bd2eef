"""MovieLens 100K as it is published, with its five folds: `u1.base`, `u1.test` and so on, and what describes movies."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from services.trainer.data.content import Relation
from services.trainer.data.ratings import RatingFold, Ratings
from shared.errors import InvalidInputError
from shared.schema import IN_GENRE, RELEASED_IN

FOLDS: Final = ("u1", "u2", "u3", "u4", "u5")
N_USERS: Final = 943
N_MOVIES: Final = 1_682
_DATE, _FIRST_GENRE = 2, 5  # fields of u.item


def read_fold(folder: Path, fold: str) -> RatingFold:
    """One of the five folds: 80,000 ratings to know, 20,000 to predict. Rows are the published numbers less one.

    Raises:
        InvalidInputError: a file is missing or is no such table.
    """
    return RatingFold(_read(folder / f"{fold}.base"), _read(folder / f"{fold}.test"))


def _read(path: Path) -> Ratings:
    try:
        table = np.loadtxt(path, np.int64, ndmin=2)  # user, movie, stars, time
        users, movies, stars = table[:, 0] - 1, table[:, 1] - 1, table[:, 2].astype(np.float32)
    except (OSError, ValueError, IndexError) as error:
        raise InvalidInputError(
            f"{path} can't be read ({error}); DIR is to hold MovieLens 100K as it is published, with its folds."
        ) from error
    return Ratings(users, movies, stars, N_USERS, N_MOVIES)


def read_movies(folder: Path) -> list[Relation]:
    """Genres and years of release of the movies, from `u.item`."""
    genres: list[tuple[int, int]] = []
    years: list[tuple[int, int]] = []
    try:
        lines = (folder / "u.item").read_text(encoding="latin-1").splitlines()
    except OSError as error:
        raise InvalidInputError(f"{folder / 'u.item'} can't be read ({error}); it tells genres and years.") from error
    for movie, line in enumerate(lines):
        fields = line.split("|")
        genres += [(number, movie) for number, flag in enumerate(fields[_FIRST_GENRE:]) if flag == "1"]
        if fields[_DATE]:
            years.append((int(fields[_DATE][-4:]), movie))
    return [_relation(IN_GENRE.type, genres), _relation(RELEASED_IN.type, years)]


def _relation(name: str, pairs: Sequence[tuple[int, int]]) -> Relation:
    """Pairs of a node and a movie's row; nodes get rows in the order of their values."""
    values, movies = np.array(pairs, np.int64).reshape(-1, 2).T
    found, nodes = np.unique(values, return_inverse=True)
    return Relation(name, nodes.astype(np.int64), movies, len(found))
