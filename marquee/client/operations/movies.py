"""Movies: found, read, written, one or thousands at a time; and properties of an installation's own."""

from collections.abc import Sequence
from typing import Unpack

from marquee.client.operation import operation, paged
from marquee.client.request import Request
from marquee.client.types.movies import (
    BatchAnswer,
    Movie,
    MovieBody,
    MovieDetail,
    MovieItem,
    MoviePage,
    OwnType,
    PropertyAnswer,
    PropertyList,
)


class Movies:
    """Movies, and their declared properties."""

    @operation
    def search(self, q: str, *, limit: int | None = None, offset: int | None = None) -> Request[MoviePage]:
        """Movies by words of their titles, those with the most ratings first."""
        return Request("GET", "/v1/movies", params={"q": q, "limit": limit, "offset": offset})

    @paged(Movie)
    def movies(self, *, limit: int | None = None, cursor: str | None = None) -> Request[MoviePage]:
        """All movies by their ids."""
        return Request("GET", "/v1/movies", params={"sort": "id", "limit": limit, "cursor": cursor})

    @operation
    def movie(self, movie_id: str) -> Request[MovieDetail]:
        """What is known of a movie."""
        return Request("GET", "/v1/movies/{movieId}", {"movieId": movie_id})

    @operation
    def put_movie(self, movie_id: str, **movie: Unpack[MovieBody]) -> Request[MovieDetail]:
        """Make a movie what is given; what is left out, it does not have."""
        return Request("PUT", "/v1/movies/{movieId}", {"movieId": movie_id}, json=movie)

    @operation
    def change_movie(self, movie_id: str, **movie: Unpack[MovieBody]) -> Request[MovieDetail]:
        """Change what is given of a movie; None takes a value away."""
        return Request("PATCH", "/v1/movies/{movieId}", {"movieId": movie_id}, json=movie)

    @operation
    def delete_movie(self, movie_id: str) -> Request[None]:
        """Remove a movie with all its relationships, the ratings of it included."""
        return Request("DELETE", "/v1/movies/{movieId}", {"movieId": movie_id})

    @operation
    def put_movies(self, items: Sequence[MovieItem]) -> Request[BatchAnswer]:
        """Make each movie what its item says: all of them, or none where one is at fault."""
        return Request("PUT", "/v1/movies", json={"items": items})

    @operation
    def change_movies(self, items: Sequence[MovieItem]) -> Request[BatchAnswer]:
        """Change what each item names of its movie: all of them, or none where one is at fault."""
        return Request("PATCH", "/v1/movies", json={"items": items})

    @operation
    def properties(self) -> Request[PropertyList]:
        """Declared properties by their names."""
        return Request("GET", "/v1/properties")

    @operation
    def declare_property(self, name: str, type_: OwnType) -> Request[PropertyAnswer]:
        """Declare a property of movies."""
        return Request("PUT", "/v1/properties/{property}", {"property": name}, json={"type": type_})

    @operation
    def remove_property(self, name: str, *, remove_values: bool | None = None) -> Request[None]:
        """Take a declaration back, and the values that movies have of it if asked to."""
        return Request("DELETE", "/v1/properties/{property}", {"property": name}, {"removeValues": remove_values})
