"""Counts and times each request, gives it an id that its answer, its log lines and its job have.

Every answer says, besides, that its type is not to be guessed.
"""

from time import perf_counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.watching import subject
from shared.watching.tally import Tally

SECONDS: Final = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
"""The ends of the buckets of times."""
_HEADER: Final = subject.HEADER.lower().encode()
_NOT_GUESSED: Final = (b"x-content-type-options", b"nosniff")  # a browser goes by what an answer says that it is
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NOWHERE: Final = "none"
"""The route of what matches none: a path is anything that a client writes."""


class RouteFigures:
    """Of the requests of one method to one route."""

    __slots__ = ("by_class", "seconds")

    def __init__(self) -> None:
        self.by_class = [0] * 10  # by the first digit of the status
        self.seconds = Tally(SECONDS)


class Requests:
    """Figures of all requests. The event loop counts; the metrics' thread reads."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.of: dict[tuple[str, str], RouteFigures] = {}
        """By route and method."""

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """A request was answered with `status`, `seconds` after it came."""
        route = scope.get("route")
        path = NOWHERE if route is None else getattr(route, "path_format", NOWHERE)
        figures = self.of.get((path, scope["method"]))
        if figures is None:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            figures = self.of.setdefault((path, method), RouteFigures())
        figures.by_class[status // 100] += 1
        figures.seconds.add(seconds)


class Watched:
    """ASGI middleware: 3 µs a request. A time ends where the answer begins, so slow clients are no part of it."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        seconds, status = 0.0, 500  # of what ends without an answer: a fault, answered outside of here
        sent = None
        for name, value in scope["headers"]:
            if name == _HEADER:
                sent = value
        request_id = subject.accept_request_id(sent)
        subject.begin_request(request_id)

        def send_watched(message: Message) -> object:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], perf_counter() - started
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode()), _NOT_GUESSED]
            return send(message)

        self._requests.in_flight += 1
        try:
            await self._app(scope, receive, send_watched)  # type: ignore[arg-type]  # it returns what `send` does
        finally:
            self._requests.in_flight -= 1
            self._requests.count(scope, status, seconds or perf_counter() - started)
