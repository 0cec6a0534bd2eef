"""What users do, counted at once."""

import uuid
from collections.abc import Sequence
from typing import Any

from marquee.client.operation import operation
from marquee.client.request import Request
from marquee.client.types.users import EventBody, EventsTaken, EventType


class Events:
    """What users do."""

    @operation
    def send_event(
        self,
        type_: EventType,
        user_id: str,
        movie_id: str,
        *,
        rating: float | None = None,
        time: int | str | None = None,
        undo: bool = False,
        idempotency_key: str | None = None,
    ) -> Request[EventsTaken]:
        """Say that a user did something with a movie, or take it back. `rating`, in stars, goes with `rate`."""
        said = {"type": type_, "userId": user_id, "movieId": movie_id}
        more = {"rating": rating, "time": time, "undo": undo or None}
        return _send({**said, **{name: value for name, value in more.items() if value is not None}}, idempotency_key)

    @operation
    def send_events(self, events: Sequence[EventBody], *, idempotency_key: str | None = None) -> Request[EventsTaken]:
        """Say up to 10,000 things that users did: all of them count, or none where one is at fault."""
        return _send({"events": events}, idempotency_key)


def _send(body: Any, key: str | None) -> Request[EventsTaken]:  # noqa: ANN401 - JSON
    """With a key, of its own if none is given: so that it counts once, however often it has to be sent."""
    return Request("POST", "/v1/events", json=body, headers={"Idempotency-Key": key or uuid.uuid4().hex}, repeats=True)
