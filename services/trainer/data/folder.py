"""A split that was made beforehand: a folder of `train.txt`, `valid.txt` and `test.txt`, as papers publish them.

A line is a user and the movies they liked, separated by spaces: `user movie movie …`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.data.split import Split
from shared.errors import InvalidInputError

_FILES = ("train.txt", "valid.txt", "test.txt")


def read_folder(folder: Path) -> Split:
    """The folder's split: train → valid for choosing settings, train and valid → test for the report.

    Raises:
        InvalidInputError: a file is missing, empty or no such text, or what is held out is known before.
    """
    users: dict[str, int] = {}
    movies: dict[str, int] = {}
    pairs = [np.array(list(_pairs(folder / name, users, movies)), np.int64).reshape(-1, 2) for name in _FILES]
    train, valid, test = (
        UserLists.from_pairs(p[:, 0], p[:, 1], n_users=len(users), n_movies=len(movies)) for p in pairs
    )
    known = train.union(valid)
    parts = Split(Fold(train, train, valid), Fold(known, known, test), by_time=False)
    for name, fold in (("valid.txt", parts.select), ("test.txt", parts.final)):
        both = len(fold.seen) + len(fold.held_out) - len(fold.seen.union(fold.held_out))
        if both:
            raise InvalidInputError(
                f"{folder / name} holds {both} likes that stand in an earlier file, too; take them out of one."
            )
    return parts


def _pairs(path: Path, users: dict[str, int], movies: dict[str, int]) -> Iterator[tuple[int, int]]:
    """Rows of users and movies; ids that were not met before get the next row."""
    found = 0
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                user, *liked = line.split() or [""]
                for movie in liked:
                    found += 1
                    yield users.setdefault(user, len(users)), movies.setdefault(movie, len(movies))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} can't be read ({error}); DIR holds {', '.join(_FILES)}.") from error
    if not found:
        raise InvalidInputError(f"{path} holds no likes; a line is `user movie movie …`.")
