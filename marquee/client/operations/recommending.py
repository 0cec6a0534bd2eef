"""Recommendations and lists of movies, and what is alike."""

from typing import Unpack

from marquee.client.operation import operation, paged
from marquee.client.request import Request
from marquee.client.types.recommendations import (
    Alike,
    Audience,
    ExplainedRanking,
    Group,
    GroupRecommendations,
    Part,
    Picks,
    Recommendations,
    RecommendedMovie,
    SimilarMovies,
    SimilarUsers,
    UserRecommendations,
)


class Recommending:
    """Recommendations and lists of movies, and what is alike."""

    @paged(RecommendedMovie)
    def recommendations(self, user_id: str, **ranking: Unpack[ExplainedRanking]) -> Request[UserRecommendations]:
        """Movies for a user, best first. What they have rated, liked, disliked, viewed or hidden is left out."""
        return Request("GET", "/v1/users/{userId}/recommendations", {"userId": user_id}, ranking)

    @paged(RecommendedMovie)
    def recommendations_for(self, **picks: Unpack[Picks]) -> Request[Recommendations]:
        """Movies for someone unknown, who picks movies that they like and dislike."""
        return Request("POST", "/v1/recommendations", json=picks, repeats=True)

    @paged(RecommendedMovie)
    def recommendations_for_group(self, **group: Unpack[Group]) -> Request[GroupRecommendations]:
        """Movies for several users together, those left out that any of them has rated."""
        return Request("POST", "/v1/recommendations/group", json=group, repeats=True)

    @paged(RecommendedMovie)
    def popular(self, **part: Unpack[Part]) -> Request[Recommendations]:
        """Movies by their number of ratings."""
        return Request("GET", "/v1/movies/popular", params=part)

    @paged(RecommendedMovie)
    def trending(self, **part: Unpack[Part]) -> Request[Recommendations]:
        """Movies by their ratings of the last 28 days, the newest of which count most."""
        return Request("GET", "/v1/movies/trending", params=part)

    @paged(RecommendedMovie)
    def newest(self, **part: Unpack[Part]) -> Request[Recommendations]:
        """Movies by their year."""
        return Request("GET", "/v1/movies/newest", params=part)

    @operation
    def similar_movies(self, movie_id: str, **asked: Unpack[Alike]) -> Request[SimilarMovies]:
        """Movies like a movie, the most alike first."""
        return Request("GET", "/v1/movies/{movieId}/similar", {"movieId": movie_id}, asked)

    @operation
    def similar_users(self, user_id: str, *, limit: int | None = None) -> Request[SimilarUsers]:
        """Users like a user, the most alike first."""
        return Request("GET", "/v1/users/{userId}/similar", {"userId": user_id}, {"limit": limit})

    @operation
    def audience(
        self, movie_id: str, *, limit: int | None = None, include_rated: bool | None = None
    ) -> Request[Audience]:
        """The users who would like a movie most."""
        params = {"limit": limit, "includeRated": include_rated}
        return Request("GET", "/v1/movies/{movieId}/audience", {"movieId": movie_id}, params)
