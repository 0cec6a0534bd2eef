"""The API keys in memory: what a request is looked up in. They are the graph's, and one more from the environment."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from http import HTTPStatus
from typing import Final

from pydantic import SecretStr
from starlette.types import Scope as AsgiScope

from services.recommender.access.guard import Principal, headers_of
from services.recommender.access.rates import Allowance
from services.recommender.access.refusals import RefusedError
from shared.errors import UnavailableError
from shared.graph import Graph
from shared.keys import Scope, create_first_key, digest_of, expand, id_of, valid_keys

_INVALID: Final = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
_OF_ENVIRONMENT: Final = "environment"


@dataclass(frozen=True, slots=True)
class _Entry:
    principal: Principal
    digest: bytes = field(repr=False)
    expires_at: int | None = None  # milliseconds since 1970


class Keyring:
    """A source of principals. A thread puts keys in as a whole; requests read, whether or not the graph answers.

    Args:
        admin_key: one more key, with the scope admin, that the graph does not know.
        rate_per_minute: of keys without a rate of their own; 0 for none.
        announce: gets the first key of a graph that has never had one, where there is no `admin_key`.
        clock: seconds since 1970, for tests.
    """

    def __init__(
        self,
        *,
        admin_key: SecretStr | None,
        rate_per_minute: int,
        announce: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rate, self._announce, self._clock = rate_per_minute, announce, clock
        self._lock = threading.Lock()
        self._allowances: dict[str, Allowance] = {}
        self._own: dict[bytes, _Entry] = {}
        if admin_key is not None:
            token = admin_key.get_secret_value().encode()
            principal = Principal(
                "the environment's key", expand([Scope.ADMIN]), None, self._allowance(_OF_ENVIRONMENT, None)
            )
            self._own[id_of(token)] = _Entry(principal, digest_of(token))
        self._entries = dict(self._own)
        self.is_ready = False

    def find(self, scope: AsgiScope) -> Principal | None:
        """See `Source.find`."""
        token = _token(scope)
        if token is None:
            return None
        entry = self._entries.get(id_of(token))
        if entry is None or not compare_digest(entry.digest, digest_of(token)):
            if not self.is_ready:
                raise UnavailableError("The keys have not been read from the graph yet. Try again in a moment.")
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "There is no such key, or it was revoked.", _INVALID)
        if entry.expires_at is not None and self._clock() * 1_000 >= entry.expires_at:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "This key has expired.", _INVALID)
        return entry.principal

    def renew(self, graph: Graph) -> None:
        """Read the keys anew; a graph that has never had one gets its first, unless the environment has one."""
        with self._lock:
            if not self._own and (first := create_first_key(graph)) is not None:
                self._announce(first)
            entries = {
                key.key_id.encode(): _Entry(
                    Principal(
                        f"key {key.key_id}",
                        expand(key.scopes),
                        key.user_id,
                        self._allowance(key.key_id, key.rate_per_minute),
                    ),
                    key.digest,
                    key.expires_at,
                )
                for key in valid_keys(graph)
            }
            self._entries = {**entries, **self._own}
            self._allowances = {
                found.name: found for entry in self._entries.values() if (found := entry.principal.allowance)
            }
            self.is_ready = True

    def _allowance(self, name: str, own_rate: int | None) -> Allowance | None:
        """A key's allowance: the one that it had, so that what is held of it counts."""
        rate = own_rate or self._rate
        if not rate:
            return None
        had = self._allowances.get(name)
        return had if had is not None and had.per_minute == rate else Allowance(name, rate)


def _token(scope: AsgiScope) -> bytes | None:
    """The key that a request carries."""
    for name, value in headers_of(scope):
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            if scheme.lower() == b"bearer":
                return bytes(token.strip())
        elif name == b"x-api-key":
            return bytes(value.strip())
    return None
