"""The facts of the built-in sample: well-known films, as `films.csv` in this package holds them."""

import csv
import io
from dataclasses import dataclass
from importlib import resources
from typing import Final

GENRES: Final = (
    "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary", "Drama", "Fantasy", "Film-Noir",
    "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
"""MovieLens's names of genres, so that the sample looks like any other catalogue."""


@dataclass(frozen=True, slots=True)
class Film:
    """A film and who made it."""

    movie_id: str
    title: str
    year: int
    genres: tuple[str, ...]
    directors: tuple[str, ...]
    actors: tuple[str, ...]
    """Leading actors, or voices, as billed; none for most documentaries."""

    @property
    def people(self) -> frozenset[str]:
        """Everyone named, once each."""
        return frozenset(self.directors + self.actors)


def films_csv() -> str:
    """`films.csv` as it is: UTF-8 text with a header, lists separated by `|`."""
    return resources.files(__package__).joinpath("films.csv").read_text(encoding="utf-8")


def read_films() -> list[Film]:
    """The films in the file's order: by year, then by id."""
    return [
        Film(
            movie_id=row["movieId"],
            title=row["title"],
            year=int(row["year"]),
            genres=_parts(row["genres"]),
            directors=_parts(row["directors"]),
            actors=_parts(row["actors"]),
        )
        for row in csv.DictReader(io.StringIO(films_csv()))
    ]


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()
