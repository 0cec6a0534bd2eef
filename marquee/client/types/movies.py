"""Movies: as they are written and as they are answered. The names are those of the JSON."""

from typing import Any, Literal, NotRequired, TypedDict

OwnType = Literal["string", "int", "float", "bool", "strings"]


class Movie(TypedDict):
    """A movie. What its source does not tell is null or an empty list."""

    movieId: str
    title: str | None
    year: int | None
    genres: list[str]
    directors: list[str]
    actors: list[str]
    language: str | None
    imdbId: str | None
    tmdbId: str | None
    posterPath: str | None
    properties: dict[str, Any]
    ratingsCount: int


class ScoredMovie(Movie):
    """A movie with its score."""

    score: float


class TagAnswer(TypedDict):
    """A tag, and how often the movie was given it, where that is known."""

    name: str
    count: int | None


class PersonAnswer(TypedDict):
    """Someone who took part."""

    personId: str
    name: str | None


class MoviePeople(TypedDict):
    """Everyone, in order."""

    directors: list[PersonAnswer]
    actors: list[PersonAnswer]


class MovieDetail(Movie):
    """A movie with all that describes it."""

    tags: list[TagAnswer] | None
    people: MoviePeople | None
    source: Literal["graph", "memory"]


class MoviePage(TypedDict):
    """Some of the movies found."""

    items: list[Movie]
    total: int
    nextCursor: str | None


class TagBody(TypedDict):
    """A tag, and how often the movie was given it."""

    name: str
    count: NotRequired[int | None]


class PersonBody(TypedDict):
    """Someone known by an id; without a name, the one that is stored stays."""

    personId: str
    name: NotRequired[str | None]


class MovieBody(TypedDict, total=False):
    """A movie as it is to be."""

    title: str | None
    year: int | None
    genres: list[str] | None
    tags: list[str | TagBody] | None
    language: str | None
    directors: list[str | PersonBody] | None
    actors: list[str | PersonBody] | None
    imdbId: str | None
    tmdbId: str | None
    posterPath: str | None
    properties: dict[str, Any] | None


class MovieItem(MovieBody):
    """A movie of a batch."""

    movieId: str


class BatchAnswer(TypedDict):
    """A batch is written."""

    created: int
    updated: int


class PropertyAnswer(TypedDict):
    """A declared property."""

    name: str
    type: OwnType


class PropertyList(TypedDict):
    """Declared properties by their names."""

    items: list[PropertyAnswer]
