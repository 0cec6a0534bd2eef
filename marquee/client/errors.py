"""What goes wrong, by kinds. An answer's problem details (RFC 9457) are kept with its error."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import httpx

_SHOWN: Final = 200  # characters of an answer that is no problem


class MarqueeError(Exception):
    """Base of everything that the client raises on purpose."""


class UnreachableError(MarqueeError):
    """No answer came: nobody listens, a connection broke, or it took too long."""


class UnreadableError(MarqueeError):
    """An answer came that is none of Marquee's: is the address right?"""


class ProblemError(MarqueeError):
    """Marquee, or a proxy before it, refused. The text says what is wrong and what to do.

    Attributes:
        status: of HTTP.
        kind: the problem's `type`, such as `urn:marquee:problem:not-found`; programs may rely on it.
        retry_after: seconds after which to ask again, if the answer says so.
        request_id: what the server's log calls the request, if it says so.
        errors: each fault of what was sent, by its place: `at` and `detail`.
        movie_ids: those that do not exist, where that is the fault.
        position: the character of a filter at which its fault begins, from 1.
    """

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self.status = status
        self.kind: str = problem.get("type", "about:blank")
        self.title: str = problem.get("title", "")
        self.detail: str = problem.get("detail", "")
        self.retry_after = seconds_of(headers.get("retry-after"))
        self.request_id = headers.get("x-request-id")
        self.errors: Sequence[Mapping[str, str]] = problem.get("errors", ())
        self.movie_ids: Sequence[str] = problem.get("movieIds", ())
        self.position: int | None = problem.get("position")
        super().__init__(f"{status} {self.title}: {self.detail}".removesuffix(": "))


class InvalidRequestError(ProblemError):
    """What was sent does not fit (400, 413, 415, 422): `errors` says where."""


class UnauthorizedError(ProblemError):
    """There is no key, or it is unknown, revoked or expired (401)."""


class ForbiddenError(ProblemError):
    """The key's scope is too small, or it is bound to another user (403)."""


class NotFoundError(ProblemError):
    """There is no such thing (404)."""


class ConflictError(ProblemError):
    """It does not fit the present state (409)."""


class RateLimitedError(ProblemError):
    """The key's rate is used up (429): `retry_after` says for how long."""


class UnavailableError(ProblemError):
    """Something that is needed does not answer (502, 503, 504): the same may work later."""


class ServerFaultError(ProblemError):
    """A fault of Marquee's own (500); its log says more."""


class JobFailedError(MarqueeError):
    """A job that was waited for has failed, or was cancelled: `job` is what came of it."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        self.job = job
        super().__init__(f"The {job['kind']} job {job['jobId']} is {job['state']}: {job['error'] or 'it says nothing'}")


_KINDS: Final[Mapping[int, type[ProblemError]]] = {
    HTTPStatus.BAD_REQUEST: InvalidRequestError,
    HTTPStatus.UNAUTHORIZED: UnauthorizedError,
    HTTPStatus.FORBIDDEN: ForbiddenError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.CONFLICT: ConflictError,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: InvalidRequestError,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: InvalidRequestError,
    HTTPStatus.UNPROCESSABLE_ENTITY: InvalidRequestError,
    HTTPStatus.TOO_MANY_REQUESTS: RateLimitedError,
    HTTPStatus.INTERNAL_SERVER_ERROR: ServerFaultError,
    HTTPStatus.BAD_GATEWAY: UnavailableError,
    HTTPStatus.SERVICE_UNAVAILABLE: UnavailableError,
    HTTPStatus.GATEWAY_TIMEOUT: UnavailableError,
}


def problem_of(response: httpx.Response) -> ProblemError:
    """The error that an answer, whose body is read, stands for."""
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):  # a proxy's page
        problem = {"title": response.reason_phrase, "detail": response.text[:_SHOWN]}
    return _KINDS.get(response.status_code, ProblemError)(response.status_code, problem, response.headers)


def seconds_of(retry_after: str | None) -> float | None:
    """What the header Retry-After says, in seconds from now; None where it says nothing that can be read.

    >>> seconds_of("3"), seconds_of("Wed, 21 Oct 2015 07:28:00 GMT"), seconds_of("soon"), seconds_of(None)
    (3.0, 0.0, None, None)
    """
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
