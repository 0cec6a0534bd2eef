"""Slows down who guesses: after some attempts each has to wait twice as long as the one before."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from services.recommender.access.refusals import RefusedError

_FORGET_SECONDS: Final = 3_600.0
_MAX_NAMES: Final = 100_000  # some 0.2 kB each; then those that were asked longest ago are forgotten


@dataclass(slots=True)
class _Attempts:
    count: int
    last: float
    not_before: float


class Guesses:
    """Counts attempts by name: a login name, or an address. In memory, so that it needs nothing to be there.

    Each replica counts by itself; since waits double, several replicas let in little more than one. An attempt counts
    when it begins, so that many at once are no way round.

    Args:
        what: is attempted, for messages.
        free: so many attempts are let in at once.
        longest_seconds: that an attempt has to wait at most, so that nobody is kept out for good by who guesses.
        clock: seconds, for tests.
    """

    def __init__(
        self, what: str, *, free: int, longest_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what, self._free, self._longest, self._clock = what, free, longest_seconds, clock
        self._attempts: OrderedDict[str, _Attempts] = OrderedDict()

    def begin(self, name: str) -> None:
        """Count an attempt.

        Raises:
            RefusedError: it comes too early (429); it says when to come again. It does not count.
        """
        now = self._clock()
        known = self._attempts.get(name)
        if known is None or now - known.last > _FORGET_SECONDS:
            known = _Attempts(0, now, -math.inf)
        if now < known.not_before:
            wait = math.ceil(known.not_before - now)
            raise RefusedError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"Too many attempts to {self._what}. Try again in {wait} s.",
                {"Retry-After": str(wait)},
            )
        known.count += 1
        known.last = now
        over = known.count - self._free
        if over >= 0:
            known.not_before = now + min(2.0 ** min(over, 30), self._longest)
        self._attempts[name] = known
        self._attempts.move_to_end(name)
        while len(self._attempts) > _MAX_NAMES:
            self._attempts.popitem(last=False)

    def forget(self, name: str) -> None:
        """All attempts of a name: the last was right."""
        self._attempts.pop(name, None)

    def take_back(self, name: str) -> None:
        """The last attempt of a name: it was right, and does not tell of the others."""
        if known := self._attempts.get(name):
            known.count = max(0, known.count - 1)
            known.not_before = -math.inf if known.count < self._free else known.not_before
