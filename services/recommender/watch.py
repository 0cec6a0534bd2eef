"""Watches the graph: the pointer to the served version, and the revision that grows when movies have come."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from services.recommender.catalogue import read_catalogue
from services.recommender.snapshot import Serving
from shared.errors import MarqueeError
from shared.graph import Graph
from shared.models import RANKING, read_served_vectors
from shared.schema import SERVES

_MAX_PAUSE_SECONDS: Final = 5.0  # between tries while the graph is away

T = TypeVar("T")
log = logging.getLogger(__name__)


class Follower(Generic[T]):
    """Follows one mark of the graph in a thread of its own, and renews what depends on it when it changes.

    Args:
        name: of what is followed, for the log.
        read: reads the mark; cheap.
        renew: is called with the mark when it has changed. If it raises, what there was goes on, and it is tried again.
        interval_seconds: between two looks.
    """

    def __init__(
        self, name: str, read: Callable[[], T], renew: Callable[[T], None], *, interval_seconds: float
    ) -> None:
        self._name, self._read, self._renew, self._interval = name, read, renew, interval_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch-{name}", daemon=True)
        self._mark: T | None = None
        self._is_first = True
        self._failures = 0
        self.seen_at: float | None = None
        """When the graph last answered, `time.monotonic()`."""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more. Returns at once: a look under way ends by itself."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(min(self._interval * 2**self._failures, max(self._interval, _MAX_PAUSE_SECONDS)))

    def look(self) -> None:
        """Read the mark, and renew if it has changed. Raises nothing: what goes wrong is logged, once in a row."""
        try:
            mark = self._read()
            if self._is_first or mark != self._mark:
                started = time.monotonic()
                self._renew(mark)
                self._mark, self._is_first = mark, False
                log.info("the %s is at %s, read in %.2f s", self._name, mark, time.monotonic() - started)
        except Exception as error:  # noqa: BLE001 - the old goes on being served, whatever is wrong with the new
            self._fail(error)
        else:
            if self._failures:
                log.info("the %s can be read again", self._name)
            self._failures, self.seen_at = 0, time.monotonic()

    def _fail(self, error: Exception) -> None:
        if not self._failures:
            unexpected = None if isinstance(error, MarqueeError) else error
            log.warning("the %s can't be read, trying on: %s", self._name, error, exc_info=unexpected)
        self._failures = min(self._failures + 1, 16)


class Watch:
    """Keeps `serving` as the graph is: the movies and the served vectors, each followed by itself.

    Args:
        graph: what is watched. It is prepared first, so the recommender may be the first service that starts.
        serving: gets what is new.
        interval_seconds: between two looks.
    """

    def __init__(self, graph: Graph, serving: Serving, *, interval_seconds: float) -> None:
        self._graph, self._serving = graph, serving
        self._is_prepared = False
        self._prepare_lock = threading.Lock()
        self.followers: tuple[Follower[int], Follower[str | None]] = (
            Follower("catalogue", self._read_revision, self._renew_catalogue, interval_seconds=interval_seconds),
            Follower("model", self._read_pointer, self._renew_model, interval_seconds=interval_seconds),
        )

    def start(self) -> None:
        """Begin to look."""
        for follower in self.followers:
            follower.start()

    def stop(self) -> None:
        """Look no more."""
        for follower in self.followers:
            follower.stop()

    @property
    def seen_at(self) -> float | None:
        """When the graph last answered all that was asked of it, `time.monotonic()`; None if it never has."""
        times = [follower.seen_at for follower in self.followers]
        return None if None in times else min(seen for seen in times if seen is not None)

    def _prepare(self) -> None:
        with self._prepare_lock:
            if not self._is_prepared:
                self._graph.prepare()
                self._is_prepared = True

    def _read_revision(self) -> int:
        self._prepare()
        return self._graph.read_revision()

    def _read_pointer(self) -> str | None:
        self._prepare()
        return self._graph.read_pointer(SERVES, RANKING)

    def _renew_catalogue(self, _revision: int) -> None:
        self._serving.put_catalogue(read_catalogue(self._graph))

    def _renew_model(self, _version: str | None) -> None:
        self._serving.put_vectors(read_served_vectors(self._graph))
