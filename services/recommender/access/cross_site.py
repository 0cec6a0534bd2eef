"""Refuses what another site's page asks a browser to change: a POST without a body needs no permission of ours."""

from collections.abc import Awaitable
from http import HTTPStatus
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from services.recommender.http.problems import CROSS_SITE, problem

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN: Final = frozenset({b"same-origin", b"none"})  # none: typed in, or a bookmark
_REASON: Final = (
    "A page of another site may not change anything here. Send the request from Marquee's own pages, or from a program "
    "without the headers `Sec-Fetch-Site` and `Origin`."
)


class CrossSiteGuard:
    """ASGI middleware: answers 403 to requests other than GET, HEAD and OPTIONS that come from another origin.

    A browser tells by `Sec-Fetch-Site`, an older one by an `Origin` that is not the `Host`; a program sends neither.
    These are the rules of Go's `http.CrossOriginProtection`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and scope["method"] not in _SAFE and _is_foreign(dict(scope["headers"])):
            refusal = problem(HTTPStatus.FORBIDDEN, _REASON, scope["path"], kind=CROSS_SITE)
            return refusal(scope, receive, send)
        return self._app(scope, receive, send)


def _is_foreign(headers: dict[bytes, bytes]) -> bool:
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site not in _OWN
    origin = headers.get(b"origin")
    return origin is not None and origin.rpartition(b"//")[2].lower() != headers.get(b"host", b"").lower()
