"""Bodies that say events: read, checked value by value, and turned into a request that the graph takes."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from services.recommender.bodies.answer import Answer
from shared.events import MAX_EVENTS, Event, EventRequest, EventType
from shared.ids import MAX_ID_CHARACTERS

CLOCKS_DIFFER_SECONDS: Final = 300
"""A time that is no further in the future is taken for the present: clients' clocks are not all right."""
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)  # seconds, taken for milliseconds, are in January 1970
_SHOWN: Final = 20  # of faults in one answer

Fault = tuple[int, str, str]
"""An event's place, the field, and what is wrong with it."""

Id = Annotated[
    str, Field(min_length=1, max_length=MAX_ID_CHARACTERS, pattern="^[^\\x00-\\x1f\\x7f-\\x9f]*$")
]  # what `check_id` takes; JSON in UTF-8 holds no lone surrogates
IdempotencyKey = Annotated[
    Id | None,
    Field(description="As the header `Idempotency-Key`, for clients that can't set headers."),
]


class _Body(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True, allow_inf_nan=False
    )


class EventBody(_Body):
    """One thing that a user did with a movie."""

    type: Literal["rate", "like", "dislike", "view", "hide", "watchlist"]
    user_id: Id = Field(description="Who: they come into being with their first event.")
    movie_id: Id
    rating: float | None = Field(default=None, description="In stars; with `rate`, and there it must be.")
    time: int | AwareDatetime | None = Field(
        default=None, description="RFC 3339 with a zone, or milliseconds since 1970; the present where it is left out."
    )
    undo: bool = Field(
        default=False,
        description="Take it back: what was said with this type before goes, unless it was said later than `time`.",
    )


class OneEvent(EventBody):
    """A body that is one event."""

    idempotency_key: IdempotencyKey = None


class ManyEvents(_Body):
    """A body with events that count all or not at all."""

    events: list[EventBody] = Field(min_length=1, max_length=MAX_EVENTS)
    idempotency_key: IdempotencyKey = None


_ADAPTER: Final[TypeAdapter[OneEvent | ManyEvents]] = TypeAdapter(
    Annotated[
        Annotated[OneEvent, Tag("one")] | Annotated[ManyEvents, Tag("many")],
        Discriminator(lambda body: "many" if isinstance(body, dict) and "events" in body else "one"),
    ]
)
EXAMPLE: Final[dict[str, Any]] = {
    "events": [
        {"type": "rate", "userId": "1", "movieId": "1", "rating": 4.5, "time": "2026-11-21T20:15:00Z"},
        {"type": "like", "userId": "1", "movieId": "260"},
        {"type": "watchlist", "userId": "2", "movieId": "260", "undo": True},
    ]
}


def body_schema() -> dict[str, Any]:
    """What a body may be, as JSON Schema without references."""
    one, many = (model.model_json_schema(by_alias=True) for model in (OneEvent, ManyEvents))
    many["properties"]["events"]["items"] = many.pop("$defs")["EventBody"]
    return {"anyOf": [many, one]}


class ReadBody:
    """A body as a request, and the places of its events for messages.

    Args:
        body: JSON.
        key: of the header, None where there is none.
        scale: the lowest and the highest rating.

    Raises:
        RequestValidationError: something does not fit; it says what, and of which event.
    """

    def __init__(self, body: bytes, key: str | None, scale: tuple[float, float]) -> None:
        try:
            found = _ADAPTER.validate_json(body)
        except ValidationError as error:
            raise RequestValidationError([_located(e) for e in error.errors()[:_SHOWN]]) from error
        self._is_one = isinstance(found, OneEvent)
        bodies: Sequence[EventBody] = [found] if isinstance(found, OneEvent) else found.events
        if key is not None and found.idempotency_key not in {None, key}:
            words = "It differs from the header Idempotency-Key. Send one of them."
            raise RequestValidationError([{"type": "value_error", "loc": ("body", "idempotencyKey"), "msg": words}])
        now = time.time_ns() // 1_000_000
        earliest, latest = int(_EARLIEST.timestamp() * 1_000), now + CLOCKS_DIFFER_SECONDS * 1_000
        events, faults = [], []
        for place, one in enumerate(bodies):
            at = one.time if one.time is None or isinstance(one.time, int) else int(one.time.timestamp() * 1_000)
            faults += _faults(place, one, scale)
            if at is not None and not earliest <= at <= latest:
                faults.append((place, "time", _off_time(at)))
            events.append(Event(_TYPES[one.type], one.user_id, one.movie_id, one.rating, at, one.undo))
        if faults:
            raise self._refusal(faults)
        self.request = EventRequest(events, key if key is not None else found.idempotency_key)

    def unknown_movies(self, places: Sequence[int]) -> RequestValidationError:
        """What to raise where the events at some places name movies that do not exist."""
        words = "There is no movie {!r}, so nothing was written. Leave this event out, or add the movie first."
        events = self.request.events
        return self._refusal([(place, "movieId", words.format(events[place].movie_id)) for place in places])

    def _refusal(self, faults: Sequence[Fault]) -> RequestValidationError:
        return RequestValidationError(
            [
                {
                    "type": "value_error",
                    "loc": ("body", *(() if self._is_one else ("events", place)), name),
                    "msg": what,
                }
                for place, name, what in faults[:_SHOWN]
            ]
        )


_TYPES: Final = {type_.value: type_ for type_ in EventType}


def _faults(place: int, event: EventBody, scale: tuple[float, float]) -> list[Fault]:
    """What is wrong with an event's rating."""
    is_needed = event.type == "rate" and not event.undo
    if event.rating is None:
        return [(place, "rating", "It is missing: `rate` says how many stars.")] if is_needed else []
    if not is_needed:
        return [(place, "rating", "It goes with `rate` alone, and not with `undo`. Leave it out.")]
    if not scale[0] <= event.rating <= scale[1]:
        return [(place, "rating", f"{event.rating:g} is off the scale, which goes from {scale[0]:g} to {scale[1]:g}.")]
    return []


def _off_time(at: int) -> str:
    if at < _EARLIEST.timestamp() * 1_000:
        return f"{at} ms is before {_EARLIEST.year}. Are these seconds? Times are milliseconds since 1970, or RFC 3339."
    return f"{at} ms is in the future. Check the clock, or leave the time out for the present."


def _located(error: Any) -> dict[str, Any]:  # noqa: ANN401 - pydantic's ErrorDetails
    """An error of pydantic's as FastAPI has them: the body before it, and not which kind of body it was taken for."""
    if error["type"] == "json_invalid":
        return {**error, "loc": ("body", 0), "ctx": {"error": error["msg"]}}
    return {**error, "loc": ("body", *error["loc"][1:])}


class EventsTaken(Answer):
    """Events that are in the graph and last."""

    model_config = ConfigDict(json_schema_extra={"example": {"accepted": 3, "sequence": 1841}})

    accepted: int = Field(description="How many: all of the request.")
    sequence: int = Field(description="Grows from request to request; requests written together have the same.")
