"""What subjects measure with: sizes, data sets, a loaded graph, and bars that show how far they are."""

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from rich.progress import Progress

from benchmarks.made_up import Shape
from benchmarks.movielens import dataset
from benchmarks.results import Findings
from shared.apart import Tell

T = TypeVar("T")

FULL_RATINGS: Final = 20_000_000
"""The large data set of a full run. Trials are smaller in all their parts."""


class Bench:
    """One run of `python -m benchmarks`.

    Args:
        ratings: of the large data set; every other size goes with it.
        cache: the folder that keeps data sets.
        bars: where progress is shown.
    """

    def __init__(self, ratings: int, cache: Path, bars: Progress) -> None:
        self.ratings = ratings
        self._cache, self._bars = cache, bars
        self._kept: dict[str, Any] = {}
        self._parts = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.let_go()

    @property
    def is_full(self) -> bool:
        """Whether sizes are those of the targets."""
        return self.ratings == FULL_RATINGS

    def scaled(self, full: int) -> int:
        """A number of ratings or users that a full run has, as large as it is in this one."""
        return math.ceil(full * self.ratings / FULL_RATINGS)

    def scaled_movies(self, full: int) -> int:
        """Likewise of movies, which grow with the root."""
        return math.ceil(full * math.sqrt(self.ratings / FULL_RATINGS))

    def data(self, full_ratings: int, fewest: int = 10_000) -> tuple[Shape, Path]:
        """The data set of so many ratings in a full run: its shape and its folder."""
        shape = Shape.of(max(fewest, self.scaled(full_ratings)))
        with self.step(f"making up {shape.ratings:,} ratings") as tell:
            return shape, dataset(shape, self._cache, tell)

    def kept(self, key: str, make: Callable[[], contextlib.AbstractContextManager[T]]) -> T:
        """What `make` gives, made once and kept open until another key is asked for or `let_go` is called."""
        if key not in self._kept:
            self.let_go()
            self._kept[key] = self._parts.enter_context(make())
        found: T = self._kept[key]
        return found

    def let_go(self) -> None:
        """Close what is kept open."""
        self._kept.clear()
        self._parts.close()

    @contextlib.contextmanager
    def step(self, words: str) -> Iterator[Tell]:
        """A bar for a piece of work, which goes away with it."""
        task = self._bars.add_task(words, total=1.0)
        try:
            yield lambda done: self._bars.update(task, completed=done)
        finally:
            self._bars.remove_task(task)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to measure.

    Attributes:
        name: on the command line.
        title: of its section.
        text: what is measured and how, in Markdown.
        stores: what it is measured on, by short names; one of them is given to `measure`.
        measure: does it.
    """

    name: str
    title: str
    text: str
    stores: tuple[str, ...]
    measure: Callable[[Bench, str], Findings]
