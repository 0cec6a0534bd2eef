"""Asks the graph for a sign of life again and again, and knows for how long there has been none."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from shared.errors import MarqueeError

_MAX_PAUSE_SECONDS: Final = 2.0  # between tries while the graph is away

log = logging.getLogger(__name__)


class Pulse:
    """Looks at the graph in a thread of its own, and tells whether it answers.

    What counts is the time since the last answer, not an error: a graph that hangs holds a call for half a minute and
    more before there is one.

    Args:
        look: reads from the graph, a few rows, and calls `beat` for each answer.
        interval_seconds: between two looks.
        away_after_seconds: silent for longer, the graph is away.
        clock: seconds, for tests.
    """

    def __init__(
        self,
        look: Callable[[], None],
        *,
        interval_seconds: float,
        away_after_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look, self._interval, self._away_after = look, interval_seconds, away_after_seconds
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)
        self._failures = 0
        self._since = clock()
        self._has_answered = False

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more. Returns at once: a look under way ends by itself."""
        self._stop.set()

    def join(self, seconds: float) -> None:
        """Wait for the end of a look under way, no longer than `seconds`."""
        self._thread.join(seconds)

    def beat(self) -> None:
        """The graph has just answered."""
        self._since, self._has_answered = self._clock(), True

    @property
    def is_away(self) -> bool:
        """Whether the graph has been silent for too long; at the beginning it is given the same time."""
        return self._clock() - self._since > self._away_after

    @property
    def silent_seconds(self) -> float | None:
        """Since the graph last answered; None if it never has."""
        return self._clock() - self._since if self._has_answered else None

    def look(self) -> None:
        """Look once. Raises nothing: what goes wrong is logged, once in a row."""
        try:
            self._look()
        except Exception as error:
            if not self._failures:
                unexpected = None if isinstance(error, MarqueeError) else error
                log.warning("the graph can't be read, asking on: %s", error, exc_info=unexpected)
            self._failures = min(self._failures + 1, 16)
        else:
            if self._failures:
                log.info("the graph answers again")
            self._failures = 0

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(min(self._interval * 2**self._failures, max(self._interval, _MAX_PAUSE_SECONDS)))
