"""Who sends a request, as far as it can be told: their address, and whether it came by TLS. Proxies are asked."""

import ipaddress
from typing import Final

from starlette.types import Scope

from services.recommender.access.guard import headers_of

_SUBNET: Final = 64  # of an IPv6 address: one household, one machine that has as many addresses as it likes


class Clients:
    """Tells clients apart.

    Args:
        proxies: so many stand before this process, each of which adds to `X-Forwarded-For`; what a header says beyond
            their entries is the client's own word, and is not believed.
        always_secure: whether every request is taken to come by TLS.
    """

    def __init__(self, *, proxies: int, always_secure: bool) -> None:
        self._proxies, self._always_secure = proxies, always_secure

    def address(self, scope: Scope) -> str:
        """The client's address; of IPv6 its subnet.

        >>> near = Clients(proxies=1, always_secure=False)
        >>> near.address({"client": ("10.0.0.9", 1), "headers": [(b"x-forwarded-for", b"1.1.1.1, 192.0.2.7")]})
        '192.0.2.7'
        >>> near.address({"client": ("2001:db8::1", 1), "headers": []})
        '2001:db8::/64'
        """
        client = scope.get("client")
        found = client[0] if client else ""
        hops = [hop.strip() for hop in b",".join(_values(scope, b"x-forwarded-for")).decode("latin-1").split(",")]
        if self._proxies and hops != [""]:
            found = hops[-min(self._proxies, len(hops))]
        try:
            address = ipaddress.ip_address(found)
        except ValueError:
            return "unknown"
        if isinstance(address, ipaddress.IPv4Address):
            return str(address)
        return str(address.ipv4_mapped or ipaddress.ip_network((address, _SUBNET), strict=False))

    def is_secure(self, scope: Scope) -> bool:
        """Whether the client spoke TLS."""
        if self._always_secure or scope.get("scheme") == "https":
            return True
        protocols = _values(scope, b"x-forwarded-proto") if self._proxies else []
        return bool(protocols) and protocols[-1].rpartition(b",")[2].strip().lower() == b"https"


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in headers_of(scope) if key == name]
