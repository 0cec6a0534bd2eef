"""Answers HEAD wherever GET is answered, as RFC 9110 (9.3.2) asks: the same headers, and no body."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """ASGI middleware: hands HEAD on as GET, and leaves the answer's body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return self._app(scope, receive, send)

        has_ended = False

        async def send_head(message: Message) -> None:
            """The first part of a body ends the answer: of a stream, others may come for hours."""
            nonlocal has_ended
            if message["type"] != "http.response.body":
                await send(message)
            elif not has_ended:
                has_ended = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        return self._app({**scope, "method": "GET"}, receive, send_head)
