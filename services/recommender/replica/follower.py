"""Renews what is made of the graph when a mark of the graph changes, and not too often."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from shared.errors import MarqueeError

_FIRST_PAUSE_SECONDS: Final = 0.25  # before a renewal that has failed is tried again; then twice as long each time
_MAX_PAUSE_SECONDS: Final = 5.0

T = TypeVar("T")
log = logging.getLogger(__name__)


class Follower(Generic[T]):
    """Follows one mark in a thread of its own, and renews what depends on it when it has changed.

    Args:
        name: of what is followed, for the log.
        renew: is called with the mark. If it raises, what there was goes on, and it is tried again.
        rest: how many times as long as a renewal took the follower then rests, so that a mark that changes all the time
            does not keep it busy all the time.
        clock: seconds, for tests.
    """

    def __init__(
        self, name: str, renew: Callable[[T], None], *, rest: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._renew, self._rest, self._clock = name, renew, rest, clock
        self._thread = threading.Thread(target=self._run, name=f"follow-{name}", daemon=True)
        self._is_shown = threading.Event()
        self._is_stopped = False
        self._shown: list[T] = []  # the newest mark, if there is one
        self._done: list[T] = []  # the mark of the last renewal, if there was one
        self._failed: list[T] = []  # the mark of a renewal that has failed, until one succeeds
        self._failures = 0
        self._not_before = 0.0  # the end of the rest
        self._try_again_at = 0.0

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Follow no more. Returns at once: a renewal under way ends by itself."""
        self._is_stopped = True
        self._is_shown.set()

    def join(self, seconds: float) -> None:
        """Wait for the end of a renewal under way, no longer than `seconds`."""
        self._thread.join(seconds)

    def show(self, mark: T) -> None:
        """The mark as it is now. To be called again and again: a renewal that failed or rests waits for it."""
        self._shown = [mark]
        self._is_shown.set()

    def _run(self) -> None:
        while self._is_shown.wait() and not self._is_stopped:
            self._is_shown.clear()
            self.follow()

    def follow(self) -> None:
        """Renew if the mark shown is not that of the last renewal, and it is time. Raises nothing: it logs."""
        mark, started = self._shown, self._clock()
        if mark == self._done or started < (self._try_again_at if mark == self._failed else self._not_before):
            return
        try:
            self._renew(mark[0])
        except Exception as error:  # noqa: BLE001 - the old goes on being served, whatever is wrong with the new
            self._failed = mark
            self._fail(error)
        else:
            seconds = self._clock() - started
            log.info("the %s is at %s, read in %.2f s", self._name, mark[0], seconds)
            self._done, self._failed, self._failures = mark, [], 0
            self._not_before = self._clock() + self._rest * seconds

    def _fail(self, error: Exception) -> None:
        if not self._failures:
            unexpected = None if isinstance(error, MarqueeError) else error
            log.warning("the %s can't be read, trying on: %s", self._name, error, exc_info=unexpected)
        pause = min(_FIRST_PAUSE_SECONDS * 2**self._failures, _MAX_PAUSE_SECONDS)
        self._try_again_at = self._clock() + pause
        self._failures = min(self._failures + 1, 16)
