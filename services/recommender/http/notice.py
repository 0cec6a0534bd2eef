"""Says in every answer that the graph is away, for as long as it is: what is answered then comes from memory."""

from collections.abc import Awaitable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.recommender.replica.pulse import Pulse

HEADER: Final = "Marquee-Graph"


def notice(pulse: Pulse) -> dict[str, str]:
    """The header that tells of a graph that is away, as a structured field (RFC 9651); none while it answers."""
    if not pulse.is_away:
        return {}
    silent = pulse.silent_seconds
    return {HEADER: "away" if silent is None else f"away;seen={silent:.0f}"}


class GraphNotice:
    """ASGI middleware: adds `notice` to what is answered."""

    def __init__(self, app: ASGIApp, pulse: Pulse) -> None:
        self._app, self._pulse = app, pulse

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on. No coroutine of its own: while the graph answers, this costs a comparison."""
        return self._app(scope, receive, self._with_notice(send) if self._pulse.is_away else send)

    def _with_notice(self, send: Send) -> Send:
        headers = [(name.lower().encode(), value.encode()) for name, value in notice(self._pulse).items()]

        async def send_with_notice(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        return send_with_notice
