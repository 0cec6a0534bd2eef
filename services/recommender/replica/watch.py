"""Watches the graph: what users have done, the revision that grows when movies have come, pointers and slots."""

import time
from collections.abc import Callable
from typing import Any, Final

from services.recommender.access.keyring import Keyring
from services.recommender.movies.catalogue import read_catalogue
from services.recommender.replica.follower import Follower
from services.recommender.replica.memory import settle
from services.recommender.replica.pulse import Pulse
from services.recommender.replica.ratings import Ratings
from services.recommender.replica.snapshot import Serving
from services.recommender.replica.versions import Versions
from shared.errors import ConflictError, UnavailableError
from shared.events import Changes
from shared.graph import Graph
from shared.graph.state import STATE_KEY, refuse_newer
from shared.marks import Mark, read_marks
from shared.models import RANKING, RATING, ready_versions
from shared.schema import GRAPH_STATE, SCHEMA_VERSION, SERVES

_SLOTS_EVERY_SECONDS: Final = 1.0  # a version lies ready for longer than this while its vector index is built
_CATALOGUE_REST: Final = 4.0  # a fifth of the time at most goes into reading movies, however often they change
_STOP_SECONDS: Final = 0.5
_MAX_CONFLICTS: Final = 5  # in a row at the start, about 8 s: then popular movies are better than nothing


OnChanges = Callable[[Changes, float], None]
"""Is told what has changed of users' relationships, and when the graph was asked: `time.monotonic()`."""

OnMark = Callable[[str | None], None]
"""Is told a mark, whether it has changed or not."""


class Watch:
    """Keeps what is served as the graph is: the movies, the vectors, those that may be served next, the rating model.

    Args:
        graph: where what is new is read. It is prepared first, so the recommender may be the first service that starts.
        quick: the same graph with a short time for a call, for the looks.
        serving: gets what is new.
        ratings: gets the rating model, when it is new.
        interval_seconds: between two looks.
        away_after_seconds: silent for longer, the graph is away.
        keyring: gets the keys, whenever they have changed; None: nobody needs one.
    """

    def __init__(
        self,
        graph: Graph,
        quick: Graph,
        serving: Serving,
        ratings: Ratings,
        *,
        interval_seconds: float,
        away_after_seconds: float,
        keyring: Keyring | None = None,
    ) -> None:
        self._graph, self._quick, self._serving = graph, quick, serving
        self._is_prepared = False
        self._conflicts = 0
        self._slots_at = -_SLOTS_EVERY_SECONDS
        self._sequence: int | None = None
        self._on_changes: OnChanges = lambda _changes, _asked_at: None
        self._on_sessions: OnMark | None = None
        self.versions = Versions(graph)
        self.pulse = Pulse(self._look, interval_seconds=interval_seconds, away_after_seconds=away_after_seconds)
        self._catalogue = Follower("catalogue", self._renew_catalogue, rest=_CATALOGUE_REST)
        self._model = Follower("model", self._renew_model)
        self._rating = Follower[str | None]("rating model", lambda version: ratings.renew(graph, version))
        self._standby = Follower("content of both slots", self.versions.mirror)
        self._keys = Follower[str | None]("keyring", lambda _mark: keyring.renew(graph)) if keyring else None
        followers = (self._keys, self._catalogue, self._model, self._rating, self._standby)
        self._followers: list[Follower[Any]] = [follower for follower in followers if follower]
        self._parts: tuple[Pulse | Follower[Any], ...] = (self.pulse, *self._followers)

    def start(self, on_changes: OnChanges | None = None, on_sessions: OnMark | None = None) -> None:
        """Begin to look. `on_changes`, and `on_sessions` with the sessions' mark, are called in the looking thread."""
        self._on_sessions = on_sessions
        if on_changes is not None:
            self._on_changes = on_changes
        for part in self._parts:
            part.start()

    def stop(self) -> None:
        """Look no more. What is under way is waited for a little: the graph is about to be closed."""
        for part in self._parts:
            part.stop()
        deadline = time.monotonic() + _STOP_SECONDS
        for part in self._parts:
            part.join(max(0.0, deadline - time.monotonic()))

    def look(self) -> None:
        """Look once and renew what has changed, without a thread."""
        self.pulse.look()
        for follower in self._followers:
            follower.follow()

    def _look(self) -> None:
        if not self._is_prepared:
            _prepare(self._graph)
            self._is_prepared = True
        self._follow_changes()
        self.pulse.beat()
        if self._keys or self._on_sessions:
            self._show_marks()
            self.pulse.beat()
        self._model.show(self._quick.read_pointer(SERVES, RANKING))
        self.pulse.beat()
        self._catalogue.show(self._quick.read_revision())
        self.pulse.beat()
        self._rating.show(self._quick.read_pointer(SERVES, RATING))
        self.pulse.beat()
        # What is served comes first: two versions read at once would both take twice as long.
        if self._serving.is_ready and time.monotonic() - self._slots_at >= _SLOTS_EVERY_SECONDS:
            self._standby.show(ready_versions(self._quick))
            self.pulse.beat()
            self._slots_at = time.monotonic()

    def _show_marks(self) -> None:
        marks = read_marks(self._quick)
        if self._keys:
            self._keys.show(marks[Mark.KEYS])
        if self._on_sessions:
            self._on_sessions(marks[Mark.SESSIONS])

    def _follow_changes(self) -> None:
        asked_at = time.monotonic()
        changes = self._quick.read_changes(self._sequence)
        self._on_changes(changes, asked_at)
        self._sequence = changes.sequence

    def _renew_catalogue(self, _revision: int) -> None:
        settle()
        self._serving.put_catalogue(read_catalogue(self._graph))
        if self.versions.forget_erased():
            self._renew_model(self._quick.read_pointer(SERVES, RANKING))
        settle()

    def _renew_model(self, version: str | None) -> None:
        try:
            self._serving.put_vectors(self.versions.get(version) if version is not None else None)
        except ConflictError:
            self._conflicts += 1
            if self._conflicts == _MAX_CONFLICTS and not self._serving.is_ready:
                self._serving.put_vectors(None)
            raise
        self._conflicts = 0


def _prepare(graph: Graph) -> None:
    """Prepare the graph, unless it is: a Neo4j would first wait for every index that is just being built."""
    try:
        state = graph.read_record(GRAPH_STATE, STATE_KEY)
    except UnavailableError:  # also of an SQLite file without tables
        state = None
    refuse_newer(state["schemaVersion"] if state else None)
    if state is None or state["schemaVersion"] != SCHEMA_VERSION:
        graph.prepare()
