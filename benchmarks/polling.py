"""Looking at something again and again, while something else is measured."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Protocol, TypeVar


class Observer(Protocol):
    """Looks at something, and keeps what it saw."""

    def look(self) -> None:
        """Look once."""


T = TypeVar("T", bound=Observer)


@contextlib.contextmanager
def polling(observer: T, *, every_seconds: float) -> Iterator[T]:
    """Have `observer` look, in a thread, for as long as the context lasts; no look is under way after it."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(every_seconds):
            observer.look()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield observer
    finally:
        stop.set()
        thread.join()
