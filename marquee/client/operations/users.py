"""Users and their ratings."""

from collections.abc import Sequence
from typing import Unpack

from marquee.client.operation import operation, paged
from marquee.client.request import Request
from marquee.client.types.movies import BatchAnswer
from marquee.client.types.users import (
    RatingAnswer,
    RatingBody,
    RatingItem,
    RatingList,
    RatingsWritten,
    UserAnswer,
    UserBody,
    UserExport,
    UserItem,
    UserList,
)


class Users:
    """Users and their ratings."""

    @paged(UserAnswer)
    def users(self, *, limit: int | None = None, cursor: str | None = None) -> Request[UserList]:
        """Users by their ids."""
        return Request("GET", "/v1/users", params={"limit": limit, "cursor": cursor})

    @operation
    def user(self, user_id: str) -> Request[UserAnswer]:
        """What is known of a user beside what they did."""
        return Request("GET", "/v1/users/{userId}", {"userId": user_id})

    @operation
    def put_user(self, user_id: str, **user: Unpack[UserBody]) -> Request[UserAnswer]:
        """Make a user what is given; what they did stays."""
        return Request("PUT", "/v1/users/{userId}", {"userId": user_id}, json=user)

    @operation
    def change_user(self, user_id: str, **user: Unpack[UserBody]) -> Request[UserAnswer]:
        """Change what is given of a user; None takes a value away."""
        return Request("PATCH", "/v1/users/{userId}", {"userId": user_id}, json=user)

    @operation
    def erase_user(self, user_id: str) -> Request[None]:
        """Erase a user with all that they did."""
        return Request("DELETE", "/v1/users/{userId}", {"userId": user_id})

    @operation
    def export_user(self, user_id: str) -> Request[UserExport]:
        """All that the graph holds of a user."""
        return Request("GET", "/v1/users/{userId}/export", {"userId": user_id})

    @operation
    def put_users(self, items: Sequence[UserItem]) -> Request[BatchAnswer]:
        """Make each user what their item says: all of them, or none where one is at fault."""
        return Request("PUT", "/v1/users", json={"items": items})

    @operation
    def change_users(self, items: Sequence[UserItem]) -> Request[BatchAnswer]:
        """Change what each item names of its user: all of them, or none where one is at fault."""
        return Request("PATCH", "/v1/users", json={"items": items})

    @paged(RatingAnswer)
    def ratings(self, user_id: str, *, limit: int | None = None, cursor: str | None = None) -> Request[RatingList]:
        """What a user has rated, newest first."""
        params = {"limit": limit, "cursor": cursor}
        return Request("GET", "/v1/users/{userId}/ratings", {"userId": user_id}, params)

    @operation
    def rating(self, user_id: str, movie_id: str) -> Request[RatingAnswer]:
        """How a user has rated a movie."""
        return Request("GET", "/v1/users/{userId}/ratings/{movieId}", {"userId": user_id, "movieId": movie_id})

    @operation
    def put_rating(self, user_id: str, movie_id: str, **rating: Unpack[RatingBody]) -> Request[RatingAnswer]:
        """Rate a movie; what comes back is what is stored: a rating with a newer time stays."""
        ids = {"userId": user_id, "movieId": movie_id}
        return Request("PUT", "/v1/users/{userId}/ratings/{movieId}", ids, json=rating)

    @operation
    def put_ratings(self, user_id: str, items: Sequence[RatingItem]) -> Request[RatingsWritten]:
        """Rate each movie: all of them, or none where one is at fault. Other ratings stay."""
        return Request("PUT", "/v1/users/{userId}/ratings", {"userId": user_id}, json={"items": items})

    @operation
    def delete_rating(self, user_id: str, movie_id: str) -> Request[None]:
        """Take a rating back."""
        return Request("DELETE", "/v1/users/{userId}/ratings/{movieId}", {"userId": user_id, "movieId": movie_id})
