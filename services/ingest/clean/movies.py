"""The catalogue: movies with their titles, years, genres, people and links, cleaned."""

from dataclasses import dataclass, field
from typing import Final

from services.ingest.clean.report import LAST_STAYS, LEFT_OUT, MENDED, FaultKind, Report
from services.ingest.clean.rows import Progress, Row, rows
from services.ingest.clean.titles import split_title
from services.ingest.forms.dataset import Dataset
from services.ingest.forms.ids import Normalise, decimal_id, free_id
from shared.errors import InvalidInputError
from shared.names import FIRST_YEAR, LAST_YEAR, imdb_id, word
from shared.own_properties import Declared, Value, read_text

MAX_MOVIES: Final = 2_000_000  # the catalogue is held in memory while ratings stream by; MovieLens has 88,000 at most
_NO_GENRE: Final = frozenset({"(no genres listed)", "unknown"})
_GENRE_FLAG: Final = "genre:"


@dataclass(slots=True)
class Movie:
    """A movie as a source describes it. People are names; `actors` in the order of their parts.

    None is what the source does not tell: it has no such column, or (year, ids) the field is empty.
    """

    title: str | None
    year: int | None
    imdb_id: str | None
    tmdb_id: str | None
    genres: list[str] | None = None
    directors: list[str] | None = None
    actors: list[str] | None = None
    language: str | None = None
    properties: dict[str, Value] = field(default_factory=dict)


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
    share = 1.0 if dataset.links is None else 0.5
    for row in rows(dataset.movies, "movies", report, lambda done: progress(done * share), legacy=dataset.legacy):
        movie_id = row.id("movieId", dataset.normalise, LEFT_OUT)
        if movie_id is None:
            continue
        if movie_id in movies:
            row.fault(FaultKind.DUPLICATE, LAST_STAYS)
        movies[movie_id] = _movie(row, dataset.own, has_years=has_years)
        if len(movies) > MAX_MOVIES:
            raise InvalidInputError(f"{dataset.movies.file} has more than {MAX_MOVIES:,} movies.")
    if dataset.links is not None:
        links = rows(dataset.links, "links", report, lambda done: progress(share + done * share), legacy=dataset.legacy)
        for row in links:
            _add_link(row, movies, dataset.normalise)
    return movies


def _movie(row: Row, own: Declared, *, has_years: bool) -> Movie:
    title = row.text("title")
    if title is None:
        row.fault(FaultKind.MISSING, MENDED)
    year = _year(row)
    if title is not None and not has_years:
        title, year = split_title(title)
    imdb, tmdb = _elsewhere(row)
    return Movie(
        title=title,
        year=year,
        imdb_id=imdb,
        tmdb_id=tmdb,
        genres=_genres(row),
        directors=_people(row, "directors"),
        actors=_people(row, "actors"),
        language=row.text("language"),
        properties=_own(row, own),
    )


def _own(row: Row, own: Declared) -> dict[str, Value]:
    """Declared properties; a value that is none of its type is reported, and left out."""
    found: dict[str, Value] = {}
    for name, type_ in own.items():
        text = row.text(name)
        value = read_text(type_, text) if text is not None else None
        if value is not None:
            found[name] = value
        elif text is not None:
            row.fault(FaultKind.NUMBER, MENDED)
    return found


def _year(row: Row) -> int | None:
    """The year in a column of its own; one that no film has is reported."""
    year = row.number("year")
    if year is None or FIRST_YEAR <= year <= LAST_YEAR:
        return year
    row.fault(FaultKind.NUMBER, MENDED)
    return None


def _genres(row: Row) -> list[str] | None:
    flags = [name for name in row.values if name.startswith(_GENRE_FLAG)]
    if not flags and "genres" not in row.values:
        return None
    flagged = [name.removeprefix(_GENRE_FLAG) for name in flags if row.text(name) == "1"]
    named = [genre for genre in _usable(row, "genres") if genre not in _NO_GENRE]
    return [*flagged, *dict.fromkeys(named)]


def _people(row: Row, column: str) -> list[str] | None:
    """People by name, each at the first place that they have."""
    if column not in row.values:
        return None
    people: dict[str | None, str] = {}
    for name in _usable(row, column):
        people.setdefault(word(name), name)
    return list(people.values())


def _usable(row: Row, column: str) -> list[str]:
    """Names of a row that can be the key of a node; a row with others is reported."""
    names = row.texts(column)
    usable = [name for name in names if free_id(name) and word(name)]
    if len(usable) < len(names):
        row.fault(FaultKind.ID, MENDED)
    return usable


def _add_link(row: Row, movies: dict[str, Movie], normalise: Normalise) -> None:
    """Add a link's ids to its movie. An empty one is no fault: MovieLens has movies that TMDb has not."""
    movie_id = row.id("movieId", normalise, LEFT_OUT)
    if movie_id is None:
        return
    movie = movies.get(movie_id)
    if movie is None:
        row.fault(FaultKind.UNKNOWN_MOVIE, LEFT_OUT)
        return
    imdb, tmdb = _elsewhere(row)
    movie.imdb_id, movie.tmdb_id = imdb or movie.imdb_id, tmdb or movie.tmdb_id


def _elsewhere(row: Row) -> tuple[str | None, str | None]:
    """A movie's ids at IMDb and TMDb. One that is none is reported; an empty one is not."""
    imdb, tmdb = row.text("imdbId"), row.text("tmdbId")
    ids = imdb_id(imdb), decimal_id(tmdb or "")
    if (imdb and ids[0] is None) or (tmdb and ids[1] is None):
        row.fault(FaultKind.ID, MENDED)
    return ids
