"""Folds as they are published beside ratings: `u1.base` and `u1.test` to `u5`, as MovieLens 100K has them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from services.trainer.data.content import Relation
from services.trainer.data.interactions import Interactions
from services.trainer.data.split import SPLIT_SEED, TEST, TRAIN, VALIDATION, Split, split_by_parts
from shared.errors import InvalidInputError
from shared.graph.port import Array
from shared.ids import IdMap, Rows
from shared.schema import IN_GENRE, RELEASED_IN

_VALIDATION: Final = 0.1  # of the known ratings, at random: settings are chosen on them
_SALT: Final = 3  # the picks are not those of another split with the same seed
_MILLISECONDS: Final = 1_000
_NUMBER, _DATE, _FIRST_GENRE = 0, 2, 5  # fields of u.item


def read_official_folds(folder: Path, like_threshold: float) -> tuple[Interactions, dict[str, Split]]:
    """All ratings, and splits by name, such as `u1`: a tenth of `.base` is validation, `.test` is the test.

    A line is `user<tab>movie<tab>rating<tab>seconds since 1970`.

    Raises:
        InvalidInputError: there are no such files, one is no such text, or they hold different ratings.
    """
    tests = sorted(folder.glob("u[0-9]*.test"))
    if not tests:
        raise InvalidInputError(f"{folder} holds no official folds; they are pairs such as u1.base and u1.test.")
    (data, first), *others = (_read_fold(path, like_threshold) for path in tests)
    for path, (same, _) in zip(tests[1:], others, strict=True):
        if same.fingerprint != data.fingerprint:
            raise InvalidInputError(
                f"{path} and its base hold other ratings than those of {tests[0].name}; folds cut the same ratings."
            )
    return data, {path.stem: parts for path, parts in zip(tests, [first, *(o for _, o in others)], strict=True)}


def read_movies(folder: Path, movie_keys: Array) -> list[Relation]:
    """Genres and years of release of the movies, object (str) [n_movies], from `u.item`.

    Raises:
        InvalidInputError: there is no such file.
    """
    genres: list[tuple[int, int]] = []
    years: list[tuple[int, int]] = []
    ids = IdMap(movie_keys)
    try:
        lines = (folder / "u.item").read_text(encoding="latin-1").splitlines()
    except OSError as error:
        raise InvalidInputError(f"{folder / 'u.item'} can't be read ({error}); it tells genres and years.") from error
    for fields in (line.split("|") for line in lines):
        movie = ids.row(fields[_NUMBER])
        if movie is not None:
            genres += [(number, movie) for number, flag in enumerate(fields[_FIRST_GENRE:]) if flag == "1"]
            years += [(int(fields[_DATE][-4:]), movie)] if fields[_DATE] else []
    return [_relation(IN_GENRE.type, genres), _relation(RELEASED_IN.type, years)]


def _relation(name: str, pairs: Sequence[tuple[int, int]]) -> Relation:
    """Pairs of a node and a movie's row; nodes get rows in the order of their values."""
    values, movies = np.array(pairs, np.int64).reshape(-1, 2).T
    found, nodes = np.unique(values, return_inverse=True)
    return Relation(name, nodes.astype(np.int64), movies, len(found))


def _read_fold(test: Path, like_threshold: float) -> tuple[Interactions, Split]:
    base, asked = _read(test.with_suffix(".base")), _read(test)
    events = np.concatenate([base, asked])
    (users, user_rows), (movies, movie_rows) = (np.unique(column, return_inverse=True) for column in events[:, :2].T)
    numbered = Interactions.ordered(
        user_keys=users.astype(str).astype(object),
        movie_keys=movies.astype(str).astype(object),
        users=user_rows,
        movies=movie_rows,
        ratings=events[:, 2],
        times=np.arange(len(events)),
    )
    order = numbered.times  # where each event stood in the files
    data = replace(numbered, times=events[order, 3] * _MILLISECONDS)
    is_validation = np.random.default_rng([SPLIT_SEED, _SALT]).random(len(data)) < _VALIDATION
    part = np.where(order >= len(base), TEST, np.where(is_validation, VALIDATION, TRAIN)).astype(np.int8)
    how = f"official fold {test.stem}"
    return data, split_by_parts(data, like_threshold, part, by_time=False, how=how)


def _read(path: Path) -> Rows:
    """int64[n, 4]: user, movie, rating, seconds."""
    try:
        return np.loadtxt(path, np.int64, delimiter="\t", ndmin=2, usecols=(0, 1, 2, 3))
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"{path} can't be read as a fold ({error}); a line is user, movie, rating, time."
        ) from error
