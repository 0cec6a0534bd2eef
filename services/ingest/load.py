"""A data set into the graph: movies and what describes them first, then users, then ratings, then tags."""

import contextlib
import itertools
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from services.ingest.ahead import ahead
from services.ingest.clean.movies import read_movies
from services.ingest.clean.ratings import RatingCleaner
from services.ingest.clean.report import Report
from services.ingest.clean.tags import TagCounter
from services.ingest.clean.users import read_users
from services.ingest.forms.dataset import Dataset
from services.ingest.write import write_movies, write_ratings, write_tags, write_users
from shared.describing import Writer
from shared.errors import InvalidInputError
from shared.own_properties import Value

PartProgress = Callable[[str, float], None]
"""Told which part ("movies", "ratings", "tags") is how far done, 0 to 1; raises to stop the work."""

_MOVIES_READ: Final = 0.4  # how much of the part "movies" is done once the files of movies are read
_USERS_READ: Final = 0.1  # how much more once that of users is


def load(
    dataset: Dataset,
    writer: Writer,
    report: Report,
    progress: PartProgress,
    *,
    now_ms: int,
    stored: Mapping[str, Mapping[str, Value]] | None = None,
) -> None:
    """Read a data set, clean it and write it. A second run changes nothing.

    `stored` are the own properties that movies have: those that the source does not tell stay.

    Movies are read before anything is written, and so are ratings up to the first that can be used: a file that turns
    out to be something else is refused while the graph is as it was.

    Raises:
        InvalidInputError: there is no rating, or none that can be used. Nothing is written.
    """
    movies = read_movies(dataset, report, lambda done: progress("movies", _MOVIES_READ * done))
    users = read_users(dataset, report, lambda done: progress("movies", _MOVIES_READ + _USERS_READ * done))
    cleaner = RatingCleaner(dataset, movies, report, now_ms)
    with contextlib.closing(ahead(cleaner.batches())) as batches:
        for first in batches:
            progress("movies", _MOVIES_READ + _USERS_READ)
            if len(first):
                break
        else:
            raise _unusable(dataset, report)
        for id_, movie in (movies or {}).items():
            movie.properties = {**(stored or {}).get(id_, {}), **movie.properties}
        write_movies(writer, movies or {})
        write_users(writer, users)
        progress("movies", 1.0)
        done = 0.0
        for batch in itertools.chain([first], batches):
            write_ratings(writer, batch, users, partial(_between, progress, done, batch.fraction))
            done = batch.fraction
    if dataset.tags is not None:
        counter = TagCounter(list(movies or ()), dataset.normalise, report)
        for block in dataset.tags.blocks():
            counter.add(block)
            progress("tags", block.fraction / 2)
        write_tags(writer, counter)
        progress("tags", 1.0)


def _between(progress: PartProgress, before: float, after: float, done: float) -> None:
    """Of what lies between two fractions of the ratings, `done` is done."""
    progress("ratings", before + (after - before) * done)


def _unusable(dataset: Dataset, report: Report) -> InvalidInputError:
    file, read = dataset.ratings.file, report.read("ratings")
    if not read:
        return InvalidInputError(f"{file} holds no ratings.")
    return InvalidInputError(
        f"None of the {read:,} ratings in {file} can be used, so nothing was written: {report.summary()}."
    )
