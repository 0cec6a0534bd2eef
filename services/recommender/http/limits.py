"""Refuses requests whose body is too large, before it is read."""

from collections.abc import Awaitable
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.recommender.http.problems import problem

_WITHOUT_BODY: Final = frozenset({"GET", "HEAD"})  # routes of these methods never read one


class BodyLimit:
    """ASGI middleware: answers 413 where a body is longer than `max_bytes`, whether or not its length is announced."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or scope["method"] in _WITHOUT_BODY:
            return self._app(scope, receive, send)
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if int(announced) > self._max_bytes:  # httptools lets nothing but a number through
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._reason(), scope["path"])(scope, receive, send)
        return self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        received = 0

        async def receive_some() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._reason())
            return message

        return receive_some

    def _reason(self) -> str:
        return f"A request's body has at most {self._max_bytes:,} bytes."
