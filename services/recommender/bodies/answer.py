"""The base of all answers, and how movies and versions are named in them.

Field names are camelCase, times are RFC 3339 in UTC. What holds movies is put together from JSON encoded
beforehand; tests hold it to these same models.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel


def _time(milliseconds: object) -> object:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC) if isinstance(milliseconds, int) else milliseconds


Time = Annotated[datetime, BeforeValidator(_time)]
"""Made from milliseconds since 1970."""


TOY_STORY: dict[str, Any] = {
    "movieId": "1",
    "title": "Toy Story",
    "year": 1995,
    "genres": ["Adventure", "Animation", "Children", "Comedy", "Fantasy"],
    "directors": ["John Lasseter"],
    "actors": ["Tom Hanks", "Tim Allen"],
    "language": "en",
    "imdbId": "0114709",
    "tmdbId": "862",
    "posterPath": "/uXDfjJbdP4ijW5hWSBrPrlKpxab.jpg",
    "properties": {},
    "ratingsCount": 215,
}


VERSION_EXAMPLE = "20261121-093000-4f2a"


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Movie(Answer):
    """A movie. What its source does not tell is null or an empty list."""

    model_config = ConfigDict(json_schema_extra={"example": TOY_STORY})

    movie_id: str
    title: str | None
    year: int | None
    genres: list[str]
    directors: list[str]
    actors: list[str] = Field(description="The leading ones, at most ten, in the order of the credits.")
    language: str | None
    imdb_id: str | None
    tmdb_id: str | None
    poster_path: str | None = Field(description="Of its poster, below `postersUrl` of `GET /v1/session`.")
    properties: dict[str, Any] = Field(description="Declared properties and their values.")
    ratings_count: int


class ScoredMovie(Movie):
    """A movie with its score."""

    model_config = ConfigDict(json_schema_extra={"example": {"score": 4.81213, **TOY_STORY}})

    score: float


class ModelName(Answer):
    """The model version in service."""

    version: str = Field(examples=[VERSION_EXAMPLE])


class BriefMovie(Answer):
    """A movie's name."""

    movie_id: str
    title: str | None
    year: int | None
