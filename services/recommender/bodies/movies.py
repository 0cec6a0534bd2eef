"""Movies as they are written over REST, and shown with all that describes them."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.recommender.bodies.answer import TOY_STORY, Answer, Movie
from services.recommender.http.path_ids import checked_id
from services.recommender.movies.descriptions import MAX_ACTORS
from shared.describing import Credit
from shared.movies import SCALARS, MovieChange, MovieRecord, Tag
from shared.names import FIRST_YEAR, LAST_YEAR, POSTER_PATH, imdb_id, word

MAX_ITEMS: Final = 2_000
"""So many movies, users or ratings are written at once: with ten relationships each, 20,000 rows of one transaction."""
_MAX_NAMES: Final = 500  # the longest cast of MovieLens's movies has fewer
_WRITTEN: Final[dict[str, Any]] = {
    **{name: TOY_STORY[name] for name in ("title", "year", "genres", "language", "imdbId", "tmdbId", "posterPath")},
    "tags": ["pixar", {"name": "funny", "count": 12}],
    "directors": ["John Lasseter"],
    "actors": [{"personId": "31", "name": "Tom Hanks"}, "Tim Allen"],
    "properties": {},
}


def _imdb(text: str) -> str:
    found = imdb_id(text)
    if found is None:
        raise ValueError("an IMDb id is tt and a number, as in tt0114709")
    return found


def _name(text: str) -> str:
    if word(text) is None:
        raise ValueError("a name has a letter or a digit")
    return text


Id = Annotated[str, AfterValidator(checked_id)]
Name = Annotated[str, Field(max_length=120), AfterValidator(checked_id), AfterValidator(_name)]


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True)


class TagBody(_Body):
    """A tag, and how often the movie was given it."""

    name: Id
    count: int | None = Field(default=None, ge=1, le=2**31)


class PersonBody(_Body):
    """Someone known by an id; without a name, the one that is stored stays."""

    person_id: Id
    name: Name | None = None


Person = Name | PersonBody
People = Annotated[
    list[Person],
    Field(max_length=_MAX_NAMES, description="Each by name, or by id. The same name is the same person."),
]


class MovieBody(_Body):
    """A movie as it is to be."""

    model_config = ConfigDict(json_schema_extra={"example": _WRITTEN})

    title: Annotated[str, Field(min_length=1, max_length=1_000)] | None = None
    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)] | None = None
    genres: Annotated[list[Id], Field(max_length=_MAX_NAMES)] | None = None
    tags: Annotated[list[Id | TagBody], Field(max_length=_MAX_NAMES)] | None = None
    language: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    directors: People | None = None
    actors: People | None = Field(default=None, description="In the order of their parts.")
    imdb_id: Annotated[str, AfterValidator(_imdb)] | None = None
    tmdb_id: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$")] | None = None
    poster_path: Annotated[str, Field(pattern=f"^{POSTER_PATH}$")] | None = Field(
        default=None, description="Of its poster, below the address that `MARQUEE_POSTERS_URL` gives."
    )
    properties: dict[str, Any] | None = Field(
        default=None, description="Declared properties (`PUT /v1/properties/{name}`) and their values."
    )

    def change(self, movie_id: str, *, is_whole: bool) -> MovieChange:
        """What it changes: all of the movie where it `is_whole`, and else what was given."""
        given = set(type(self).model_fields) if is_whole else self.model_fields_set
        return MovieChange(
            movie_id,
            scalars={to_camel(name): getattr(self, name) for name in sorted(given) if to_camel(name) in SCALARS},
            genres=_distinct(self.genres or ()) if "genres" in given else None,
            tags=_tags(self.tags or ()) if "tags" in given else None,
            directors=_people(self.directors or ()) if "directors" in given else None,
            actors=_people(self.actors or ()) if "actors" in given else None,
            properties=(self.properties or {}) if "properties" in given else None,
            keeps_properties=not is_whole and self.properties is not None,
        )


class MovieItem(MovieBody):
    """A movie of a batch."""

    model_config = ConfigDict(json_schema_extra={"example": {"movieId": "1", **_WRITTEN}})

    movie_id: Id


class MovieBatch(_Body):
    """Movies that are written all together or not at all."""

    items: Annotated[list[MovieItem], Field(min_length=1, max_length=MAX_ITEMS)]


class BatchAnswer(Answer):
    """A batch is written."""

    created: int = Field(description="How many did not exist before.")
    updated: int = Field(description="How many did.")


class TagAnswer(Answer):
    """A tag, and how often the movie was given it, where that is known."""

    name: str
    count: int | None


class PersonAnswer(Answer):
    """Someone who took part."""

    person_id: str
    name: str | None


class MoviePeople(Answer):
    """Everyone, in order."""

    directors: list[PersonAnswer]
    actors: list[PersonAnswer]


class MovieDetail(Movie):
    """A movie with all that describes it."""

    tags: list[TagAnswer] | None = Field(description="Null while the graph is away, as are the people.")
    people: MoviePeople | None
    source: Literal["graph", "memory"] = Field(description="`memory`: the graph is away, and this may be older.")


def detail(record: MovieRecord, ratings_count: int) -> MovieDetail:
    """A movie out of the graph; how often it was rated is known by the catalogue."""
    return MovieDetail.model_validate(
        {
            "movieId": record.movie_id,
            **record.scalars,
            "genres": record.genres,
            "directors": [person.name or person.person_id for person in record.directors],
            "actors": [person.name or person.person_id for person in record.actors][:MAX_ACTORS],
            "properties": record.properties,
            "ratingsCount": ratings_count,
            "tags": [TagAnswer(name=tag.name, count=tag.times) for tag in record.tags],
            "people": MoviePeople(directors=_shown(record.directors), actors=_shown(record.actors)),
            "source": "graph",
        }
    )


def _shown(people: Sequence[Credit]) -> list[PersonAnswer]:
    return [PersonAnswer(person_id=person.person_id, name=person.name) for person in people]


def _distinct(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _tags(tags: Sequence[str | TagBody]) -> list[Tag]:
    """Each once, the last of a name."""
    made = [Tag(tag) if isinstance(tag, str) else Tag(tag.name, tag.count) for tag in tags]
    return list({tag.name: tag for tag in made}.values())


def _people(people: Sequence[str | PersonBody]) -> list[Credit]:
    """Each at the first place that they have."""
    made = [Credit.of_name(one) if isinstance(one, str) else Credit(one.person_id, one.name) for one in people]
    first: dict[str, Credit] = {}
    for person in made:
        first.setdefault(person.person_id, person)
    return list(first.values())
