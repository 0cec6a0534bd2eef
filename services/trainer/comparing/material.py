"""What a comparison is made on: one split, what describes movies and users, and where they come from."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from services.trainer.data.content import Relation, fingerprint, read_content, read_traits
from services.trainer.data.fold import Fold
from services.trainer.data.folder import read_folder
from services.trainer.data.interactions import read_interactions
from services.trainer.data.official import read_movies, read_official_folds
from services.trainer.data.split import Split
from services.trainer.data.splits import split_by_name
from shared.errors import InvalidInputError
from shared.graph.port import Array, Graph
from shared.jobs import SplitName


@dataclass(frozen=True)  # without slots, so that the fingerprint can be kept
class Material:
    """What all models of a comparison get.

    Attributes:
        name: of the data, as the table's title has it.
        parts: settings are chosen on `select`; models are trained and judged on `final`.
        like_threshold: a movie is liked from this rating on; None where likes are all there is.
        content: what describes movies and users.
    """

    name: str
    parts: Split
    like_threshold: float | None = None
    content: Sequence[Relation] = ()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over all of it: what was measured on the same need not be measured again."""
        digest = hashlib.sha256(fingerprint(self.content).encode())
        for fold in (self.parts.select, self.parts.final):
            for array in _arrays(fold):
                digest.update(np.ascontiguousarray(array).tobytes() + b"\0")
        return digest.hexdigest()


def _arrays(fold: Fold) -> list[Array]:
    lists = [part for part in (fold.likes, fold.seen, fold.held_out, fold.histories) if part is not None]
    found: list[Array] = [array for part in lists for array in (part.starts, part.movies)]
    if fold.asked is not None:
        found += [fold.asked.lists.movies, fold.asked.stars]
    return [*found, *(array for array in (fold.candidates, fold.stars) if array is not None)]


def read_data(folder: Path, *, like_threshold: float, fold: str | None, split: SplitName | None) -> Material:
    """What a folder holds: `train.txt`, `valid.txt` and `test.txt`, or MovieLens 100K with its official folds.

    Args:
        folder: where they are.
        like_threshold: a movie is liked from this rating on.
        fold: which of the official folds, `u1` where it is left out.
        split: in place of an official fold, what is held out of all ratings.

    Raises:
        InvalidInputError: there is neither, a file can't be read, or what was asked for is not there.
    """
    if (folder / "train.txt").exists():
        if fold or split:
            raise InvalidInputError(f"{folder} is a split that was made beforehand: leave --fold and --split out.")
        return Material(folder.name, read_folder(folder))
    data, folds = read_official_folds(folder, like_threshold)
    content = read_movies(folder, data.movie_keys)
    if split:
        parts = split_by_name(split, data, like_threshold)
        return Material(f"{folder.name} {split}", parts, like_threshold, content)
    name = fold or "u1"
    if name not in folds:
        raise InvalidInputError(f"{folder} has no fold {name}; it has {', '.join(folds)}.")
    return Material(f"{folder.name} {name}", folds[name], like_threshold, content)


def read_graph(
    graph: Graph, *, like_threshold: float, split: SplitName, on_part: Callable[[float], None] = lambda _: None
) -> Material:
    """What the graph holds, as a training reads it. `on_part` is told what part is done, 0 to 1.

    Raises:
        InvalidInputError: there is no rating, or the split asks for times and there are none.
    """
    data = read_interactions(graph, lambda done: on_part(0.8 * done))
    content = [*read_content(graph, data.movie_keys), *read_traits(graph, data.user_keys)]
    parts = split_by_name(split, data, like_threshold, lambda done: on_part(0.8 + 0.2 * done))
    return Material(f"the graph, split {split}", parts, like_threshold, content)
