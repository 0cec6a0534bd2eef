"""Events: what users did with movies, counted at once."""

import asyncio
import hashlib
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request, Response

from services.recommender.access.guard import Principal, check_user, principal_of
from services.recommender.bodies.events import EXAMPLE, EventsTaken, ReadBody, body_schema
from services.recommender.context import context
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import WITH_BODY, documented
from shared.errors import ConflictError
from shared.events import EventRequest, KeyReused, UnknownMovies
from shared.ids import MAX_ID_CHARACTERS, check_id

router = APIRouter(tags=["events"])

_READ_HERE_BYTES: Final = 20_000  # a longer body is read in a thread: 10,000 events take 50 ms
_REPEATED: Final = {"Idempotency-Replayed": "true"}

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Tells this request from all others: sent again within 24 hours, it counts once.",
        min_length=1,
        max_length=MAX_ID_CHARACTERS + 2,
        examples=["5d2c1f0e"],
    ),
]


def _own(principal: Principal, request: EventRequest) -> EventRequest:
    """The request with a key that tells it from those of other callers too: they choose their keys as they like."""
    if request.key is None:
        return request
    return replace(request, key=hashlib.sha256(f"{principal.name}\0{request.key}".encode()).hexdigest())


@router.post(
    "/v1/events",
    summary="Say what users did",
    response_model=EventsTaken,
    responses=documented(*WITH_BODY, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[requires_json],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": body_schema(), "example": EXAMPLE}},
        }
    },
)
async def take_events(request: Request, key: Key = None) -> Response:
    """Rate, like, dislike, view, hide, put on the watchlist, and take each of them back: one event, or up to 10,000.

    All of a request counts or none of it. Once it is answered it is in the graph and lasts; the next recommendations
    of this process go by it, and those of every other within a second, without a training. Of two events of one kind
    the newer counts, in whatever order they come; a like takes the place of a dislike of the movie, and the other way.

    Movies rated, liked, disliked, viewed or hidden are no longer recommended; one on the watchlist is.
    """
    parts = context(request)
    body = await request.body()
    quoted = key if key is None else check_id(key.strip('"'), "Idempotency-Key")
    if len(body) <= _READ_HERE_BYTES:
        read = ReadBody(body, quoted, parts.rating_scale)
    else:
        read = await asyncio.to_thread(ReadBody, body, quoted, parts.rating_scale)
    principal = principal_of(request)
    check_user(principal, *{event.user_id for event in read.request.events})
    outcome = await parts.events.take(_own(principal, read.request))
    if isinstance(outcome, KeyReused):
        raise ConflictError(
            f"Another request came with the idempotency key {read.request.key!r} before, and said something else. "
            "Nothing was written. Give each request a key of its own, and send it again as it was."
        )
    if isinstance(outcome, UnknownMovies):
        raise read.unknown_movies(outcome.places)
    answer = EventsTaken(accepted=len(read.request.events), sequence=outcome.sequence)
    return Response(
        answer.model_dump_json(), headers=_REPEATED if outcome.is_repeated else None, media_type="application/json"
    )
