"""The cookie that holds a session's token."""

from typing import Final

from starlette.types import Scope

from services.recommender.access.guard import headers_of
from services.recommender.accounts.clients import Clients

_PLAIN: Final = "marquee"
_SECURE: Final = "__Host-marquee"
"""A browser takes a cookie of this name from this very host alone, by TLS alone, so no neighbour can set it."""


class Cookies:
    """Reads and writes the cookie. By TLS it has another name, and the plain one counts for nothing.

    Args:
        clients: tells who speaks TLS.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def token(self, scope: Scope) -> str | None:
        """What the request's cookie holds; of several the first."""
        name = self._name(scope)
        for key, value in headers_of(scope):
            if key == b"cookie":
                for pair in value.decode("latin-1").split(";"):
                    found, _, token = pair.strip().partition("=")
                    if found == name:
                        return str(token)
        return None

    def setting(self, scope: Scope, token: str, *, seconds: int) -> str:
        """The header `Set-Cookie` that hands a token out for so long."""
        return f"{self._name(scope)}={token}; Max-Age={seconds}; {self._attributes(scope)}"

    def removing(self, scope: Scope) -> str:
        """The header `Set-Cookie` that takes it away."""
        return f"{self._name(scope)}=; Max-Age=0; {self._attributes(scope)}"

    def _name(self, scope: Scope) -> str:
        return _SECURE if self._clients.is_secure(scope) else _PLAIN

    def _attributes(self, scope: Scope) -> str:
        # Strict: the page's own requests have it all the same, and it goes with no link from elsewhere.
        return "Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if self._clients.is_secure(scope) else "")
