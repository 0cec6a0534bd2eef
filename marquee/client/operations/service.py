"""Keys, and whether a recommender answers."""

from typing import Unpack

from marquee.client.operation import operation
from marquee.client.request import Request
from marquee.client.types.service import Health, KeyAnswer, KeyBody, KeyList, NewKey, Readiness


class Service:
    """Keys, and whether a recommender answers."""

    @operation
    def keys(self, *, limit: int | None = None) -> Request[KeyList]:
        """Keys, newest first; never what they are made of."""
        return Request("GET", "/v1/keys", params={"limit": limit})

    @operation
    def make_key(self, **asked: Unpack[KeyBody]) -> Request[NewKey]:
        """Make a key: `key` in the answer is shown this once."""
        return Request("POST", "/v1/keys", json=asked)

    @operation
    def revoke_key(self, key_id: str) -> Request[KeyAnswer]:
        """Let a key be good for nothing."""
        return Request("DELETE", "/v1/keys/{keyId}", {"keyId": key_id})

    @operation
    def health(self) -> Request[Health]:
        """Whether the process answers."""
        return Request("GET", "/healthz")

    @operation
    def readiness(self) -> Request[Readiness]:
        """Whether requests can be answered, and by which model; UnavailableError while they can't."""
        return Request("GET", "/readyz")
