"""What a source was recognised as: its tables, and how to read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.ingest.forms.block import Table
from services.ingest.forms.ids import Normalise, decimal_id
from shared.own_properties import Declared


@dataclass(frozen=True, slots=True)
class Scale:
    """The lowest and the highest rating there is, in stars, and how far apart two are; None: as close as may be."""

    lowest: float
    highest: float
    step: float | None = None


WHOLE_STARS = Scale(1.0, 5.0, 1.0)
HALF_STARS = Scale(0.5, 5.0, 0.5)
ANY_STARS = Scale(0.5, 5.0)
MOVIE_COLUMNS: Final = (
    "movieId", "title", "year", "genres", "language", "imdbId", "tmdbId", "directors", "actors"
)  # fmt: skip
"""What a table of movies may tell."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """The tables of a source.

    Attributes:
        form: what it was recognised as, in words.
        ratings: `userId`, `movieId`, `rating` and, where there are times, `ratedAt`.
        scale: what a rating may be.
        movies: `movieId`, `title` and any of the other `MOVIE_COLUMNS`, with `|` between several genres or people; a
            column `genre:NAME` holds 1 where the movie is of that genre. None: movies are only known by their ratings.
        own: declared properties that the table of movies has columns of, and what each holds; of `strings` several with
            `|` between.
        links: `movieId`, `imdbId`, `tmdbId`.
        users: `userId`, `gender`, `age`, `occupation`.
        tags: `movieId`, `tag`.
        may_lack_times: whether a rating without a time is no fault although there is a column for it.
        normalise: gives an id its one form.
        legacy: whether text that is not UTF-8 is Windows-1252, as in the forms from before 2009, and no fault.
        ages: what an age's code stands for, in years; empty where ages are no codes.
        occupations: what an occupation's code stands for.
    """

    form: str
    ratings: Table
    scale: Scale
    movies: Table | None = None
    own: Declared = field(default_factory=dict)
    links: Table | None = None
    users: Table | None = None
    tags: Table | None = None
    may_lack_times: bool = False
    normalise: Normalise = decimal_id
    legacy: bool = False
    ages: Mapping[str, int] = field(default_factory=dict)
    occupations: Mapping[str, str] = field(default_factory=dict)
