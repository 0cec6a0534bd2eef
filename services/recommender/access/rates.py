"""How much a principal may ask: tokens that this replica takes a slice at a time, and hands out by itself."""

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, Protocol

from services.recommender.access.refusals import RefusedError
from shared.errors import UnavailableError
from shared.rate_limits import Taken

_SLICES: Final = 60  # of a minute's worth: a replica under load asks Redis once a second for each principal
_MAX_MADE: Final = 10_000  # some 0.3 kB each
_REST_SECONDS: Final = 1.0  # before a Redis that did not answer is asked again

log = logging.getLogger(__name__)


class Buckets(Protocol):
    """Where tokens come from: `shared.rate_limits.RateLimits`."""

    async def take(self, name: str, *, per_minute: int, wanted: int) -> Taken:
        """Up to `wanted` tokens."""

    async def close(self) -> None:
        """Give back what is held."""


class Allowance:
    """One principal's rate, and what this replica still holds of it; `whose` tells people which it is.

    What a replica holds it may hand out at any later time: in any span of time, no more is let in by all replicas
    together than the rate allows, a minute's worth at once, and a sixtieth of a minute's worth for each replica.
    """

    __slots__ = ("held", "lease", "name", "per_minute", "refused_until", "whose")

    def __init__(self, name: str, per_minute: int, whose: str = "This key") -> None:
        self.name, self.per_minute, self.whose = name, per_minute, whose
        self.held = 0
        self.refused_until = -math.inf  # by the clock of `Rates`
        self.lease: asyncio.Task[None] | None = None

    @property
    def slice(self) -> int:
        """How many tokens are asked for at a time."""
        return max(1, self.per_minute // _SLICES)

    def take(self) -> bool:
        """Take a token of those that are held."""
        if self.held <= 0:
            return False
        self.held -= 1
        return True


class Allowances:
    """The allowances of many of a kind, made when they are asked for. What is forgotten here is still known to Redis.

    Args:
        kind: begins their names, so that none is that of a key.
        whose: they are, for messages.
        per_minute: of each; 0 for none.
    """

    def __init__(self, kind: str, whose: str, per_minute: int) -> None:
        self._kind, self._whose, self._per_minute = kind, whose, per_minute
        self._made: OrderedDict[str, Allowance] = OrderedDict()

    def get(self, name: str) -> Allowance | None:
        """The allowance of `name`."""
        if not self._per_minute:
            return None
        if name not in self._made:
            self._made[name] = Allowance(f"{self._kind}:{name}", self._per_minute, self._whose)
            if len(self._made) > _MAX_MADE:
                self._made.popitem(last=False)
        self._made.move_to_end(name)
        return self._made[name]


class Rates:
    """Renews allowances. Lives in the event loop.

    Args:
        buckets: all replicas' tokens.
        lets_in_without: whether requests are let in while the buckets do not answer.
        clock: seconds, for tests.
    """

    def __init__(self, buckets: Buckets, *, lets_in_without: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets, self._lets_in, self._clock = buckets, lets_in_without, clock
        self._away_until = -math.inf
        self._is_away = False

    async def admit(self, allowance: Allowance) -> None:
        """Wait for a token; those who wait at the same moment share one question to Redis.

        Raises:
            RefusedError: there is none left for now (429).
            UnavailableError: Redis does not answer, and the setting says that nobody is let in then.
        """
        while not allowance.take():
            now = self._clock()
            if now < allowance.refused_until:
                raise _too_many(allowance, allowance.refused_until - now)
            if now < self._away_until:
                if self._lets_in:
                    return
                raise UnavailableError("The rate limits (Redis) do not answer, and nobody is let in without them.")
            if allowance.lease is None:
                allowance.lease = asyncio.create_task(self._renew(allowance))
            await asyncio.shield(allowance.lease)

    async def close(self) -> None:
        """Give back what the buckets hold."""
        await self._buckets.close()

    async def _renew(self, allowance: Allowance) -> None:
        try:
            taken = await self._buckets.take(allowance.name, per_minute=allowance.per_minute, wanted=allowance.slice)
        except UnavailableError as error:
            self._away_until = self._clock() + _REST_SECONDS
            if not self._is_away:
                log.warning("%s; requests are %s", error, "let in" if self._lets_in else "refused")
            self._is_away = True
        else:
            if self._is_away:
                log.info("the rate limits answer again")
            self._is_away = False
            allowance.held += taken.tokens
            if not taken.tokens:
                allowance.refused_until = self._clock() + taken.wait_milliseconds / 1_000
        finally:
            allowance.lease = None


def _too_many(allowance: Allowance, seconds: float) -> RefusedError:
    wait = max(1, math.ceil(seconds))
    return RefusedError(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"{allowance.whose} may send {allowance.per_minute:,} requests a minute. Try again in {wait} s.",
        {
            "Retry-After": str(wait),
            "RateLimit-Policy": f'"key";q={allowance.per_minute};w=60',
            "RateLimit": f'"key";r=0;t={wait}',
        },
    )
