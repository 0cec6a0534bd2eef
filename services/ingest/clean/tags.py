"""What people call a movie: how often each tag was given to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from services.ingest.clean.columns import as_ids, numbered
from services.ingest.clean.report import FaultKind, Report, first_fault
from services.ingest.forms.block import Block
from services.ingest.forms.ids import Normalise
from shared.graph.port import Array
from shared.ids import Rows
from shared.names import word

_TAG_BITS = 32


@dataclass(slots=True)
class TagCounter:
    """Counts movie-and-tag pairs, eight bytes for each time that a tag was given (32M has two million)."""

    movies: Sequence[str]
    normalise: Normalise
    report: Report
    tags: dict[str, int] = field(default_factory=dict)
    _pairs: list[Rows] = field(default_factory=list)
    _movie_numbers: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._movie_numbers = {movie: number for number, movie in enumerate(self.movies)}

    def add(self, block: Block) -> None:
        """Count a block's rows; faulty ones are reported and left out."""
        self.report.count("tags", len(block))
        self.report.add_malformed("tags", block)
        movie_places, movies, movie_faults = as_ids(block.columns["movieId"], self.normalise)
        tag_places, tags, tag_faults = as_ids(block.columns["tag"], word)
        numbers = np.array([*(self._movie_numbers.get(movie, -1) for movie in movies), -1], np.int64)
        movie_numbers = numbers[movie_places]
        unknown = np.where((movie_faults == 0) & (movie_numbers < 0), FaultKind.UNKNOWN_MOVIE, 0)
        kinds = first_fault(movie_faults, tag_faults, unknown)
        self.report.add_rows("tags", block, kinds)
        good = kinds == 0
        tag_numbers, _ = numbered(self.tags, tags, tag_places[good])
        self._pairs.append((movie_numbers[good] << _TAG_BITS) | tag_numbers)

    def batches(self, rows: int) -> Iterator[tuple[Array, Array, Rows]]:
        """The movies' ids, the tags and the counts, in batches of `rows` pairs."""
        pairs, counts = np.unique(np.concatenate([np.empty(0, np.int64), *self._pairs]), return_counts=True)
        movies, tags = np.array(self.movies, object), np.array(list(self.tags), object)
        for start in range(0, len(pairs), rows):
            some = pairs[start : start + rows]
            yield movies[some >> _TAG_BITS], tags[some & (2**_TAG_BITS - 1)], counts[start : start + rows]
