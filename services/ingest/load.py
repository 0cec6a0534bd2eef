"""A data set into the graph: movies and what describes them first, then users, then ratings, then tags."""

import itertools
from collections.abc import Callable

from services.ingest.dataset import Dataset
from services.ingest.movies import read_movies
from services.ingest.ratings import RatingCleaner
from services.ingest.report import Report
from services.ingest.tags import TagCounter
from services.ingest.users import read_users
from services.ingest.write import Writer, write_movies, write_ratings, write_tags, write_users
from shared.errors import InvalidInputError

PartProgress = Callable[[str, float], None]
"""Told which part ("movies", "ratings", "tags") is how far done, 0 to 1; raises to stop the work."""


def load(dataset: Dataset, writer: Writer, report: Report, progress: PartProgress, *, now_ms: int) -> None:
    """Read a data set, clean it and write it. A second run changes nothing.

    Movies are read before anything is written, and so is the first block of ratings: a file that turns out to be
    something else is refused while the graph is as it was.

    Raises:
        InvalidInputError: there is no rating, or none of the first block can be used. Nothing is written.
    """
    movies = read_movies(dataset, report, lambda done: progress("movies", done / 2))
    users = read_users(dataset, report, lambda done: progress("movies", done / 2))
    batches = RatingCleaner(dataset, movies, report, now_ms).batches()
    first = next(batches, None)
    if first is None or not len(first):
        raise _unusable(dataset, report)
    write_movies(writer, movies or {})
    write_users(writer, users)
    progress("movies", 1.0)
    for batch in itertools.chain([first], batches):
        write_ratings(writer, batch, users)
        progress("ratings", batch.fraction)
    if dataset.tags is not None:
        counter = TagCounter(list(movies or ()), dataset.normalise, report)
        for block in dataset.tags.blocks():
            counter.add(block)
            progress("tags", block.fraction / 2)
        write_tags(writer, counter)
        progress("tags", 1.0)


def _unusable(dataset: Dataset, report: Report) -> InvalidInputError:
    file, read = dataset.ratings.file, report.read("ratings")
    if not read:
        return InvalidInputError(f"{file} holds no ratings.")
    return InvalidInputError(
        f"None of the first {read:,} ratings in {file} can be used, so nothing was written: {report.summary()}."
    )
