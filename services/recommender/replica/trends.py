"""What is rated lately: counts of the last weeks' ratings, older ones counting less."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.recommender.movies.catalogue import Catalogue
from shared.graph import Graph
from shared.graph.port import Array
from shared.ids import Rows
from shared.schema import MOVIE, RATED

_DAY_MS: Final = 86_400_000
DAYS: Final = 28
HALF_LIFE_DAYS: Final = 7
_KEPT_SECONDS: Final = 60.0
_REST: Final = 20.0  # times as long as the counting took: SQLite looks through all ratings, 20 million in seconds


@dataclass(frozen=True, slots=True)
class Trend:
    """How much movies are rated lately.

    Attributes:
        rows: of the catalogue, the most rated first; those that nobody has rated lately are left out.
        scores: of all rows, float64[n]: each rating of the last `DAYS` counts half as much for every `HALF_LIFE_DAYS`.
    """

    rows: Rows
    scores: Array


class Trends:
    """The present trend, counted when it is asked for and too old. Waits for the graph: call it in a thread.

    Args:
        graph: where ratings are counted, by its clock.
        clock: seconds, for tests.
    """

    def __init__(self, graph: Graph, clock: Callable[[], float] = time.monotonic) -> None:
        self._graph, self._clock = graph, clock
        self._lock = threading.Lock()
        self._trend: tuple[int, Trend] | None = None
        self._until = 0.0

    def get(self, catalogue: Catalogue) -> Trend:
        """The trend of a catalogue's movies.

        Raises:
            UnavailableError: the graph does not answer.
        """
        with self._lock:
            if self._trend is None or self._trend[0] != catalogue.revision or self._until <= self._clock():
                began = self._clock()
                self._trend = catalogue.revision, self._count(catalogue)
                now = self._clock()
                self._until = now + max(_KEPT_SECONDS, _REST * (now - began))
            return self._trend[1]

    def _count(self, catalogue: Catalogue) -> Trend:
        movies = self._graph.read_nodes(MOVIE)
        since = self._graph.now() - DAYS * _DAY_MS + 1
        counts = self._graph.count_edges_by_time(RATED, movies, "ratedAt", since=since, step=_DAY_MS, steps=DAYS)
        ages = np.arange(DAYS)[::-1]
        scores = np.zeros(len(catalogue))
        rows = catalogue.ids.rows(movies.keys.tolist())
        scores[rows[rows >= 0]] = (counts @ 0.5 ** (ages / HALF_LIFE_DAYS))[rows >= 0]
        order = np.argsort(-scores, kind="stable")
        return Trend(order[scores[order] > 0], scores)
