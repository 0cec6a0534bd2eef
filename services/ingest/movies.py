"""The catalogue: movies with their titles, years, genres, people and links, cleaned."""

import re
from dataclasses import dataclass, field
from typing import Final

from services.ingest.columns import Normalise, decimal_id, free_id, word
from services.ingest.dataset import Dataset
from services.ingest.report import LAST_STAYS, LEFT_OUT, MENDED, FaultKind, Report
from services.ingest.rows import Progress, Row, rows
from services.ingest.titles import split_title
from shared.errors import InvalidInputError

MAX_MOVIES: Final = 2_000_000  # the catalogue is held in memory while ratings stream by; MovieLens has 88,000 at most
_NO_GENRE: Final = frozenset({"(no genres listed)", "unknown"})
_IMDB: Final = re.compile(r"(?:tt)?0*([0-9]{1,10})", re.ASCII)
_GENRE_FLAG: Final = "genre:"


@dataclass(slots=True)
class Movie:
    """A movie as a source describes it. People are names; `actors` in the order of their parts."""

    title: str | None
    year: int | None
    imdb_id: str | None
    tmdb_id: str | None
    genres: list[str] = field(default_factory=list)
    directors: list[str] = field(default_factory=list)
    actors: list[str] = field(default_factory=list)


def read_movies(dataset: Dataset, report: Report, progress: Progress) -> dict[str, Movie] | None:
    """All movies by id, links included; None where the source has no file of movies.

    Of two rows with one id the last stays. A movie without a title is kept, because it has ratings.

    Raises:
        InvalidInputError: there are more than `MAX_MOVIES`.
    """
    if dataset.movies is None:
        return None
    movies: dict[str, Movie] = {}
    has_years = "year" in dataset.movies.columns
    for row in rows(dataset.movies, "movies", report, progress, legacy=dataset.legacy):
        movie_id = row.id("movieId", dataset.normalise, LEFT_OUT)
        if movie_id is None:
            continue
        if movie_id in movies:
            row.fault(FaultKind.DUPLICATE, LAST_STAYS)
        movies[movie_id] = _movie(row, has_years=has_years)
        if len(movies) > MAX_MOVIES:
            raise InvalidInputError(f"{dataset.movies.file} has more than {MAX_MOVIES:,} movies.")
    if dataset.links is not None:
        for row in rows(dataset.links, "links", report, progress, legacy=dataset.legacy):
            _add_link(row, movies, dataset.normalise)
    return movies


def _movie(row: Row, *, has_years: bool) -> Movie:
    title = row.text("title")
    if title is None:
        row.fault(FaultKind.MISSING, MENDED)
    year = row.number("year")
    if title is not None and not has_years:
        title, year = split_title(title)
    return Movie(
        title=title,
        year=year,
        imdb_id=imdb_id(row.text("imdbId")),
        tmdb_id=decimal_id(row.text("tmdbId") or ""),
        genres=_genres(row),
        directors=_usable(row, "directors"),
        actors=_usable(row, "actors"),
    )


def _genres(row: Row) -> list[str]:
    flagged = [name for name in row.values if name.startswith(_GENRE_FLAG) and row.text(name) == "1"]
    named = [genre for genre in _usable(row, "genres") if genre not in _NO_GENRE]
    return [*(name.removeprefix(_GENRE_FLAG) for name in flagged), *dict.fromkeys(named)]


def _usable(row: Row, column: str) -> list[str]:
    """Names of a row that can be the key of a node; a row with others is reported."""
    names = row.texts(column)
    usable = [name for name in names if free_id(name) and word(name)]
    if len(usable) < len(names):
        row.fault(FaultKind.ID, MENDED)
    return usable


def imdb_id(text: str | None) -> str | None:
    """IMDb's id of a movie as IMDb writes it: `tt` and at least seven digits. MovieLens leaves the letters away.

    >>> imdb_id("0114709"), imdb_id("tt0111161"), imdb_id("nm0000158")
    ('tt0114709', 'tt0111161', None)
    """
    found = _IMDB.fullmatch(text or "")
    return f"tt{int(found[1]):07}" if found else None


def _add_link(row: Row, movies: dict[str, Movie], normalise: Normalise) -> None:
    """Add a link's ids to its movie. An empty one is no fault: MovieLens has movies that TMDb has not."""
    movie_id = row.id("movieId", normalise, LEFT_OUT)
    if movie_id is None:
        return
    movie = movies.get(movie_id)
    if movie is None:
        row.fault(FaultKind.UNKNOWN_MOVIE, LEFT_OUT)
        return
    imdb, tmdb = row.text("imdbId"), row.text("tmdbId")
    movie.imdb_id, movie.tmdb_id = imdb_id(imdb) or movie.imdb_id, decimal_id(tmdb or "") or movie.tmdb_id
    if (imdb and imdb_id(imdb) is None) or (tmdb and decimal_id(tmdb) is None):
        row.fault(FaultKind.ID, MENDED)
