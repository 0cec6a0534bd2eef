"""Ratings, cleaned block by block: what of a block goes into the graph, and what was wrong with the rest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.ingest.clean.columns import as_ids, as_numbers, numbered
from services.ingest.clean.pairs import PairIndex
from services.ingest.clean.report import LATEST_STAYS, FaultKind, Kinds, Report, first_fault
from services.ingest.clean.times import TimeReader
from services.ingest.forms.block import Block
from services.ingest.forms.dataset import Dataset
from shared.graph.port import Array
from shared.ids import Rows
from shared.schema import MISSING_INT


@dataclass(frozen=True, slots=True)
class Ratings:
    """The usable ratings of a block, and the users and movies that appear in them for the first time.

    `users`, `movies` are ids, object[n]; `ratings` float64[n] in stars; `rated_at` int64[n] in milliseconds.
    `fraction` is how much of the source is read, 0 to 1.
    """

    users: Array
    movies: Array
    ratings: npt.NDArray[np.float64]
    rated_at: Rows
    new_users: list[str]
    new_movies: list[str]
    fraction: float

    def __len__(self) -> int:
        return len(self.users)


class RatingCleaner:
    """Cleans the ratings of one source. Memory in use is that of a block, the ids, and the pairs of a `PairIndex`.

    `movies` are the ids in the file of movies; None where there is none, and every movie is new.
    """

    def __init__(self, dataset: Dataset, movies: Iterable[str] | None, report: Report, now_ms: int) -> None:
        self._dataset = dataset
        self._report = report
        self._are_movies_known = movies is not None
        self._movies = {movie: number for number, movie in enumerate(movies or ())}
        self._users: dict[str, int] = {}
        self._times = TimeReader(now_ms)
        self._pairs = PairIndex()

    def batches(self) -> Iterator[Ratings]:
        """The source's ratings, one batch for each block, empty ones too."""
        for block in self._dataset.ratings.blocks():
            yield self.clean(block)
        if not self._pairs.is_complete:
            self._report.notes.append("The source is so large that not every duplicate was counted; the latest stays.")

    def clean(self, block: Block) -> Ratings:
        """What of a block can be used. A duplicate can: the graph keeps the latest."""
        self._report.count("ratings", len(block))
        self._report.add_malformed("ratings", block)
        user_places, users, user_faults = as_ids(block.columns["userId"], self._dataset.normalise)
        movie_places, movies, movie_faults = as_ids(block.columns["movieId"], self._dataset.normalise)
        unknown = self._unknown(movies)[movie_places]
        ratings, rating_faults = as_numbers(block.columns["rating"])
        rated_at, time_faults = self._read_times(block)
        kinds = first_fault(user_faults, movie_faults, unknown, rating_faults, self._off_scale(ratings), time_faults)
        self._report.add_rows("ratings", block, kinds)
        good = np.flatnonzero(kinds == 0)
        user_places, movie_places = user_places[good], movie_places[good]
        user_numbers, new_users = numbered(self._users, users, user_places)
        movie_numbers, new_movies = numbered(self._movies, movies, movie_places)
        self._report_duplicates(block, good, self._pairs.repeated(user_numbers, movie_numbers))
        return Ratings(
            users=np.array(users, object)[user_places],
            movies=np.array(movies, object)[movie_places],
            ratings=ratings[good],
            rated_at=rated_at[good],
            new_users=new_users,
            new_movies=new_movies,
            fraction=block.fraction,
        )

    def _unknown(self, movies: list[str]) -> Kinds:
        """A fault for each of `movies` that the file of movies lacks, and none for the place -1 at the end."""
        if not self._are_movies_known:
            return np.zeros(len(movies) + 1, np.uint8)
        return np.array([*(0 if m in self._movies else FaultKind.UNKNOWN_MOVIE for m in movies), 0], np.uint8)

    def _off_scale(self, ratings: npt.NDArray[np.float64]) -> Kinds:
        scale = self._dataset.scale
        is_off = (ratings < scale.lowest) | (ratings > scale.highest)
        if scale.step is not None:
            is_off |= np.mod(ratings - scale.lowest, scale.step) != 0  # halves and wholes are exact
        return np.where(is_off, FaultKind.SCALE, 0).astype(np.uint8)

    def _read_times(self, block: Block) -> tuple[Rows, Kinds]:
        if "ratedAt" not in block.columns:
            return np.full(len(block), MISSING_INT, np.int64), np.zeros(len(block), np.uint8)
        times, kinds = self._times.read(block.columns["ratedAt"])
        if self._dataset.may_lack_times:
            kinds[kinds == FaultKind.MISSING] = 0
        return times, kinds

    def _report_duplicates(self, block: Block, good: Rows, repeated: npt.NDArray[np.bool_]) -> None:
        kinds = np.zeros(len(block), np.uint8)
        kinds[good[repeated]] = FaultKind.DUPLICATE
        self._report.add_rows("ratings", block, kinds, done=LATEST_STAYS)
