"""A span for each request, where tracing is on: named by its route, and a part of the trace that the client is in."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.watching import subject, tracing

_FAULT: Final = 500


class Traced:
    """ASGI middleware. Paths and queries are left out of the span: they name users."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind, Status, StatusCode

        sent = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")
        method: str = scope["method"]
        status = _FAULT
        with tracing.tracer().start_as_current_span(
            method, tracing.parent_of(sent), SpanKind.SERVER, attributes={"http.request.method": method}
        ) as span:

            async def send_traced(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await self._app(scope, receive, send_traced)
            finally:
                if (path := getattr(scope.get("route"), "path_format", None)) is not None:
                    span.update_name(f"{method} {path}")
                    span.set_attribute("http.route", path)
                span.set_attribute("http.response.status_code", status)
                span.set_attribute("marquee.request.id", subject.request_id() or "")
                if status >= _FAULT:
                    span.set_status(Status(StatusCode.ERROR))
