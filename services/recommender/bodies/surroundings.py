"""What stands around a movie and what the catalogue holds, as it is answered."""

from pydantic import Field

from services.recommender.bodies.answer import Answer, BriefMovie
from services.recommender.movies.descriptions import Description


class ConnectedOther(BriefMovie):
    """Another movie, with what its cover is drawn from."""

    genres: list[str]


class Connection(Answer):
    """Something that describes a movie and others too, with some of these."""

    way: Description
    name: str = Field(examples=["Ridley Scott"])
    movies: int = Field(description="How many movies have it.", examples=[27])
    others: list[ConnectedOther] = Field(description="Some of them, this movie aside, the most rated first.")


class MovieConnections(Answer):
    """What connects a movie with others in the graph."""

    movie_id: str
    items: list[Connection]


class CatalogueGenre(Answer):
    """A genre that some movies share."""

    name: str = Field(examples=["Comedy"])
    movies: int = Field(description="How many movies have it.", examples=[3756])


class CatalogueContents(Answer):
    """What the catalogue holds."""

    movies: int
    first_year: int | None
    last_year: int | None
    genres: list[CatalogueGenre] = Field(description="By name; those that at least two movies have, and not all.")
