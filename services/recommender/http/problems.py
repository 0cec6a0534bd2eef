"""Every error's answer: RFC 9457 problem details, written here and nowhere else."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route

from services.recommender.access.refusals import RefusedError
from services.recommender.filters.faults import FilterError
from services.recommender.http.notice import notice
from services.recommender.movies.known import UnknownMoviesError
from services.recommender.replica.pulse import Pulse
from shared.errors import (
    ConflictError,
    FaultyItemsError,
    InvalidInputError,
    MarqueeError,
    NotFoundError,
    UnavailableError,
)
from shared.watching import subject

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 1

log = logging.getLogger(__name__)

_STATUS_OF: Final[Mapping[type[MarqueeError], HTTPStatus]] = {
    InvalidInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}
_KINDS: Final[Mapping[HTTPStatus, tuple[str, str]]] = {
    HTTPStatus.BAD_REQUEST: ("malformed-body", "The body is not readable JSON"),
    HTTPStatus.UNAUTHORIZED: ("no-valid-key", "A valid key is needed"),
    HTTPStatus.FORBIDDEN: ("forbidden", "Who asks may not do this"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("not-json", "The body is not said to be JSON"),
    HTTPStatus.UNPROCESSABLE_ENTITY: ("invalid-request", "The request does not fit"),
    HTTPStatus.NOT_FOUND: ("not-found", "There is no such thing"),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method-not-allowed", "This can't be done here"),
    HTTPStatus.CONFLICT: ("conflict", "That does not fit the present state"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("too-large", "The request is too large"),
    HTTPStatus.TOO_MANY_REQUESTS: ("too-many", "There are too many requests"),
    HTTPStatus.SERVICE_UNAVAILABLE: ("unavailable", "Something that is needed does not answer"),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("fault", "Something went wrong here"),
}
"""The name that ends a problem's `type`, and its title."""
CROSS_SITE: Final = ("cross-site", "Another site's page asked for this")
"""The kind of what is forbidden to another site's page, whoever asks."""
SESSION_ENDED: Final = ("session-ended", "The session has ended")
NOT_LOGGED_IN: Final = ("not-logged-in", "This is for who is logged in")
NO_CSRF_TOKEN: Final = ("no-csrf-token", "The session's token against forged requests is missing")
WRONG_PASSWORD: Final = ("wrong-password", "The login name or the password is wrong")
UNSAFE: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
"""What every route that changes something may answer with, whatever it does."""
WITH_BODY: Final = (
    *UNSAFE,
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
"""What every route that reads a body may answer with."""
_MALFORMED: Final = "The body can't be read as JSON in UTF-8"
_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "Problem details, RFC 9457.",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "The kind of problem; clients may rely on it."},
        "title": {"type": "string", "description": "The kind in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong this time, and what to do."},
        "instance": {"type": "string", "description": "The path that was asked."},
        "errors": {
            "type": "array",
            "description": "With 422: each fault of the request.",
            "items": {
                "type": "object",
                "properties": {"at": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "movieIds": {
            "type": "array",
            "description": "With 422: the ids of movies that do not exist.",
            "items": {"type": "string"},
        },
        "position": {
            "type": "integer",
            "description": "With 422: the character of the filter, from 1, at which its fault begins.",
        },
    },
}


def kind_of(status: HTTPStatus, kind: tuple[str, str] | None = None) -> tuple[str, str]:
    """The `type` and the title of a status's problems, or of one `kind` of them.

    >>> kind_of(HTTPStatus.NOT_FOUND)
    ('urn:marquee:problem:not-found', 'There is no such thing')
    """
    name, title = kind or _KINDS.get(status, (str(status.value), status.phrase))
    return f"urn:marquee:problem:{name}", title


def problem(
    status: HTTPStatus,
    detail: str,
    instance: str,
    *,
    kind: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> Response:
    """An error's answer."""
    type_, title = kind_of(status, kind)
    body = {
        "type": type_,
        "title": title,
        "status": status.value,
        "detail": detail,
        "instance": instance,
        **(extensions or {}),
    }
    all_headers = dict(headers or {})
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        all_headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return Response(orjson.dumps(body), status.value, all_headers, MEDIA_TYPE)


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """What a route's OpenAPI says of the problems that it may answer with."""
    return {status.value: _documented(status) for status in statuses}


def _documented(status: HTTPStatus) -> dict[str, Any]:
    type_, title = kind_of(status)
    example = {
        "type": type_,
        "title": title,
        "status": status.value,
        "detail": "What is wrong this time, and what to do.",
        "instance": "/v1/…",
    }
    return {"description": title, "content": {MEDIA_TYPE: {"schema": _SCHEMA, "example": example}}}


def install(app: FastAPI, pulse: Pulse) -> None:
    """Answer every error of `app` by its problem. Of a fault, too, `pulse` tells whether the graph is away."""

    async def unexpected(request: Request, error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        detail = "This is a fault of Marquee; its log says more."
        return problem(status, detail, request.url.path, headers=_outside(pulse))

    app.exception_handler(MarqueeError)(_marquee_error)
    app.exception_handler(RequestValidationError)(_validation_error)
    app.exception_handler(HTTPException)(_http_exception)
    app.exception_handler(Exception)(unexpected)


def _outside(pulse: Pulse) -> Mapping[str, str]:
    """What the middlewares would have added: a fault's answer is made outside of them."""
    request_id = subject.request_id()
    return {**notice(pulse), **({subject.HEADER: request_id} if request_id else {})}


async def _marquee_error(request: Request, error: MarqueeError) -> Response:
    if isinstance(error, RefusedError):
        return problem(error.status, str(error), request.url.path, kind=error.kind, headers=error.headers)
    for kind, status in _STATUS_OF.items():
        if isinstance(error, kind):
            return problem(status, str(error), request.url.path, extensions=_more(error))
    raise error  # of no kind that a request may meet: a fault


def _more(error: MarqueeError) -> Mapping[str, Any] | None:
    """What programs want to know of an error beside its words."""
    if isinstance(error, UnknownMoviesError):
        return {"movieIds": error.movie_ids}
    if isinstance(error, FaultyItemsError):
        return {"errors": [{"at": f"body.items.{place}", "detail": why} for place, why in error.faults]}
    if isinstance(error, FilterError) and error.position is not None:
        return {"position": error.position}
    return None


async def _validation_error(request: Request, error: RequestValidationError) -> Response:
    for e in error.errors():
        if e["type"] == "json_invalid":
            fault = e["ctx"]["error"].removesuffix(" at")  # as in "Unterminated string starting at"
            reason = f"{_MALFORMED}: {fault} at character {e['loc'][-1]}."
            return problem(HTTPStatus.BAD_REQUEST, reason, request.url.path)
    faults = [{"at": ".".join(str(part) for part in e["loc"]), "detail": e["msg"]} for e in error.errors()]
    detail = "; ".join(f"{fault['at']}: {fault['detail']}" for fault in faults)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return problem(status, f"{detail}.", request.url.path, extensions={"errors": faults})


def _methods(request: Request) -> list[str]:
    """What can be done at a path: Starlette names the methods of one route alone, and a path may have several."""
    path = getattr(request.scope.get("route"), "path_format", request.url.path)
    routes = (each for each in request.app.router.routes if isinstance(each, Route) and each.path_format == path)
    methods = {method for route in routes for method in route.methods or ()} or {"GET"}  # files are no route
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


async def _http_exception(request: Request, error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
    details = {
        # FastAPI's word for whatever else made the parser fail: bytes that are not UTF-8, nesting, a number's length.
        HTTPStatus.BAD_REQUEST: f"{_MALFORMED}, is nested too deeply or holds a number with too many digits.",
        HTTPStatus.NOT_FOUND: f"There is nothing at {request.url.path}; GET /openapi.json tells what there is.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not among the methods of {request.url.path}.",
    }
    return problem(status, details.get(status, str(error.detail)), request.url.path, headers=headers)
