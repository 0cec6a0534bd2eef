"""Ratings as things of their own: shown, put, removed. They go the way of events, and count as soon."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.recommender.bodies.answer import Answer, Time
from services.recommender.bodies.cursors import Cursor, make_cursor, read_cursor
from services.recommender.bodies.movies import MAX_ITEMS, Id
from services.recommender.context import Context, context
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import UNSAFE, WITH_BODY, documented
from services.recommender.http.whole_ids import requires_whole_id
from services.recommender.routes.movies import MovieId
from services.recommender.routes.users import UserId
from shared.errors import FaultyItemsError, NotFoundError
from shared.events import Event, EventRequest, EventType, UnknownMovies
from shared.movies import check_distinct
from shared.schema import MISSING_INT, RATED

router = APIRouter(prefix="/v1/users/{userId:userId}/ratings", tags=["ratings"])

_READ: Final = documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)


class RatingBody(BaseModel):
    """A rating as it is to be."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        strict=True,
        json_schema_extra={"example": {"rating": 4.5}},
    )

    rating: float = Field(description="In stars.", allow_inf_nan=False)
    rated_at: int | None = Field(
        default=None, ge=0, description="Milliseconds since 1970 in UTC; now where it is left out, or is yet to come."
    )

    def event(self, user_id: str, movie_id: str) -> Event:
        """What the user did."""
        return Event(EventType.RATE, user_id, movie_id, rating=self.rating, time=self.rated_at)


class RatingItem(RatingBody):
    """A rating of a batch."""

    model_config = ConfigDict(json_schema_extra={"example": {"movieId": "1", "rating": 4.5}})

    movie_id: Id


class RatingBatch(BaseModel):
    """Ratings of one user that are written all together or not at all."""

    model_config = ConfigDict(extra="forbid", strict=True)

    items: Annotated[list[RatingItem], Field(min_length=1, max_length=MAX_ITEMS)]


class RatingAnswer(Answer):
    """A rating."""

    movie_id: str
    rating: float = Field(examples=[4.5])
    rated_at: Time | None


class RatingList(Answer):
    """A user's ratings, newest first."""

    items: list[RatingAnswer]
    next_cursor: str | None = Field(description="Where the next page begins; null after the last.")


class RatingsWritten(Answer):
    """A batch is written."""

    written: int


def _read(parts: Context, user_id: str) -> list[tuple[int, str, float]]:
    """When each movie was rated, which, and how: newest first, those of one moment by their ids."""
    found = parts.graph.edges_from(RATED, user_id, ("rating", "ratedAt"))
    if found is None:
        raise NotFoundError(f"There is no user {user_id!r}.")
    rows = zip(found[1]["ratedAt"].tolist(), found[0].tolist(), found[1]["rating"].tolist(), strict=True)
    return sorted(rows, key=lambda row: (-row[0], row[1]))


def _shown(row: tuple[int, str, float]) -> RatingAnswer:
    at, movie_id, rating = row
    return RatingAnswer(movie_id=movie_id, rating=rating, rated_at=None if at == MISSING_INT else at)


@router.get("", summary="List a user's ratings", responses=_READ)
async def list_ratings(
    request: Request, user_id: UserId, cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=1_000)] = 100
) -> RatingList:
    """What a user has rated, newest first. What they rate meanwhile shifts nothing: no rating is shown twice."""
    after = read_cursor(cursor, int, str) if cursor is not None else None
    parts = context(request)
    rows = await parts.calls.run(lambda: _read(parts, user_id))
    if after is not None:
        at, movie_id = after
        rows = [row for row in rows if (-row[0], row[1]) > (-int(at), str(movie_id))]
    following = make_cursor(*rows[limit - 1][:2]) if len(rows) > limit else None
    return RatingList(items=[_shown(row) for row in rows[:limit]], next_cursor=following)


@router.put(
    "",
    summary="Put ratings of a user",
    responses=documented(*WITH_BODY, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[requires_whole_id, requires_json],
)
async def put_ratings(request: Request, user_id: UserId, batch: RatingBatch) -> RatingsWritten:
    """Rate each movie, again where it is rated: all of them, or none where one is at fault. Other ratings stay.

    A rating that is stored with a newer time stays. The user comes into being with their first rating.
    """
    await _take(context(request), [item.event(user_id, item.movie_id) for item in batch.items])
    return RatingsWritten(written=len(batch.items))


@router.get("/{movieId:movieId}", summary="A rating", responses=_READ)
async def get_rating(request: Request, user_id: UserId, movie_id: MovieId) -> RatingAnswer:
    """How a user has rated a movie."""
    parts = context(request)
    for row in await parts.calls.run(lambda: _read(parts, user_id)):
        if row[1] == movie_id:
            return _shown(row)
    raise NotFoundError(f"User {user_id!r} has not rated movie {movie_id!r}.")


@router.put(
    "/{movieId:movieId}",
    summary="Put a rating",
    responses=documented(*WITH_BODY, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[requires_whole_id, requires_json],
)
async def put_rating(request: Request, user_id: UserId, movie_id: MovieId, body: RatingBody) -> RatingAnswer:
    """Rate a movie, again where it is rated; what comes back is what is stored: a rating with a newer time stays."""
    parts = context(request)
    await _take(parts, [body.event(user_id, movie_id)])
    return await get_rating(request, user_id, movie_id)


@router.delete(
    "/{movieId:movieId}",
    summary="Remove a rating",
    status_code=HTTPStatus.NO_CONTENT,
    responses={**_READ, **documented(*UNSAFE)},
    dependencies=[requires_whole_id],
)
async def remove_rating(request: Request, user_id: UserId, movie_id: MovieId) -> None:
    """Take a rating back."""
    await get_rating(request, user_id, movie_id)  # raises where there is none
    await _take(context(request), [Event(EventType.RATE, user_id, movie_id, undo=True)])


async def _take(parts: Context, events: list[Event]) -> None:
    """Write events as `POST /v1/events` does.

    Raises:
        FaultyItemsError: a movie stands there twice or does not exist, or a rating is off the scale.
    """
    check_distinct([event.movie_id for event in events], "rating")
    lowest, highest = parts.rating_scale
    if faults := [
        (place, f"{event.rating:g} is off the scale, which goes from {lowest:g} to {highest:g}")
        for place, event in enumerate(events)
        if event.rating is not None and not lowest <= event.rating <= highest
    ]:
        raise FaultyItemsError("rating", faults)
    outcome = await parts.events.take(EventRequest(events))
    if isinstance(outcome, UnknownMovies):
        raise FaultyItemsError(
            "rating", [(place, f"there is no movie {events[place].movie_id!r}") for place in outcome.places]
        )
