"""The cache of what users have rated: how often the graph is asked, and what happens when it is away."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from services.recommender.movies.catalogue import Catalogue, read_catalogue
from services.recommender.replica.histories import Histories, History, Recall
from services.recommender.replica.pulse import Pulse
from shared.errors import InvalidInputError, MarqueeError, UnavailableError
from shared.events import Change, Changes, Event, EventRequest, EventType
from shared.graph import Graph
from shared.graph.port import Array, Columns
from shared.schema import EdgeKind
from tests.services.recommender.conftest import Clock


class Watched:
    """Passes reads on to a real graph, counts them, and can hold them up or refuse them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.reads: list[str] = []
        self.error: Exception | None = None
        self.is_open = threading.Event()
        self.is_open.set()

    def edges_of_kinds(
        self, wanted: Sequence[tuple[EdgeKind, Sequence[str]]], source: str
    ) -> list[tuple[Array, Columns]] | None:
        self.reads.append(source)
        self.is_open.wait(5)
        if self.error:
            raise self.error
        return self._graph.edges_of_kinds(wanted, source)


@pytest.fixture
def at(movies: Graph) -> dict[int, Catalogue]:
    """The catalogue at revisions 1 and 2."""
    catalogue = read_catalogue(movies)
    return {revision: replace(catalogue, revision=revision) for revision in (1, 2)}


@pytest.fixture
def graph(movies: Graph) -> Watched:
    return Watched(movies)


@pytest.fixture
def pulse(clock: Clock) -> Pulse:
    """Of a graph that is away for this long after its last answer."""
    return Pulse(lambda: None, interval_seconds=1, away_after_seconds=100_000, clock=clock)


@pytest.fixture
def histories(graph: Watched, pulse: Pulse, clock: Clock) -> Iterator[Histories]:
    made = Histories(graph, pulse, ttl_seconds=10, max_users=2, wait_seconds=0.1, clock=clock)  # type: ignore[arg-type]  # it passes on what is used
    made.follow(Changes(0, ()), 0.0)
    yield made
    graph.is_open.set()
    made.close()


def run(work: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - whatever the work gives
    async def wrapped() -> Any:  # noqa: ANN401 - as above
        return await work()

    return asyncio.run(wrapped())


def test_a_history_is_read_once_and_remembered(histories: Histories, graph: Watched, at: dict[int, Catalogue]) -> None:
    read, recall = run(lambda: histories.read("x", at[1]))

    assert recall is Recall.CURRENT
    assert sorted(zip(read.movies, read.ratings.tolist(), strict=True)) == [("b", 4), ("c", 5), ("e", 1)]
    assert histories.fresh("x", 1) is read
    assert graph.reads == ["x"]


def test_an_unknown_user_has_an_empty_history_that_is_remembered_too(
    histories: Histories, at: dict[int, Catalogue]
) -> None:
    read, recall = run(lambda: histories.read("nobody", at[1]))

    assert recall is Recall.CURRENT
    assert (read.movies.tolist(), read.ratings.tolist()) == ([], [])
    assert histories.fresh("nobody", 1) is read


def test_what_is_too_old_or_of_another_revision_is_not_fresh(
    histories: Histories, clock: Clock, at: dict[int, Catalogue]
) -> None:
    run(lambda: histories.read("x", at[1]))

    assert histories.fresh("x", 2) is None
    for clock.seconds in (5.0, 9.9, 10.0):
        histories.follow(Changes(0, ()), clock.seconds)
        assert (histories.fresh("x", 1) is None) is (clock.seconds == 10)


def test_what_is_remembered_is_not_fresh_once_the_graph_was_not_asked_for_a_second(
    histories: Histories, clock: Clock, at: dict[int, Catalogue]
) -> None:
    run(lambda: histories.read("x", at[1]))

    clock.seconds = 0.99
    assert histories.fresh("x", 1) is not None
    clock.seconds = 1.0
    assert histories.fresh("x", 1) is None
    histories.follow(Changes(0, ()), 1.0)
    assert histories.fresh("x", 1) is not None


def test_a_change_makes_what_was_read_before_it_old_and_nothing_else(
    histories: Histories, graph: Watched, at: dict[int, Catalogue]
) -> None:
    async def read(user: str) -> History:
        return (await histories.read(user, at[1]))[0]

    x, u = run(lambda: read("x")), run(lambda: read("u"))
    histories.changed(["x"], 7)

    assert histories.fresh("x", 1) is None
    assert histories.fresh("u", 1) is u
    again = run(lambda: read("x"))
    histories.follow(Changes(7, (Change(6, ("x",)), Change(7, ("x", "nobody")))), 0.0)
    assert histories.fresh("x", 1) is again is not x, "it was read after the change, so it holds it"
    histories.follow(Changes(8, (Change(8, ("x",)),)), 0.0)
    assert histories.fresh("x", 1) is None
    assert graph.reads == ["x", "u", "x"]


def test_who_lost_the_thread_forgets_all(histories: Histories, at: dict[int, Catalogue]) -> None:
    histories.follow(Changes(9, ()), 0.0)
    histories.changed([], 9)
    run(lambda: histories.read("x", at[1]))

    histories.follow(Changes(3, None), 0.0)

    assert histories.fresh("x", 1) is None, "also where the graph was put back to an earlier state"


def test_a_read_that_began_before_a_change_is_not_kept(
    histories: Histories,
    graph: Watched,
    at: dict[int, Catalogue],
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    async def ask() -> None:
        graph.is_open.clear()
        early = asyncio.create_task(histories.read("x", at[1]))
        await asyncio.to_thread(wait_until, lambda: graph.reads == ["x"])
        histories.changed(["x"], 1)
        late = asyncio.create_task(histories.read("x", at[1]))
        await asyncio.to_thread(wait_until, lambda: graph.reads == ["x", "x"])
        graph.is_open.set()
        (early_read, _), (late_read, _) = await early, await late
        assert histories.fresh("x", 1) is late_read is not early_read

    run(ask)


def test_what_a_user_said_last_is_what_they_think(movies: Graph, histories: Histories) -> None:
    at = read_catalogue(movies)
    events = [
        Event(EventType.DISLIKE, "x", "c", time=100),  # rated 5 at 1
        Event(EventType.LIKE, "x", "e", time=100),  # rated 1 at 3
        Event(EventType.RATE, "x", "e", 2.0, 200),
        Event(EventType.LIKE, "x", "a", time=100),
        Event(EventType.VIEW, "x", "d"),
        Event(EventType.HIDE, "x", "f"),
        Event(EventType.WATCHLIST, "x", "d"),
    ]
    movies.append_events([EventRequest(events)])

    read, _ = run(lambda: histories.read("x", at))

    found = dict(
        zip(read.movies.tolist(), zip(read.likes(4.0).tolist(), read.dislikes.tolist(), strict=True), strict=True)
    )
    assert found == {
        "a": (True, False), "b": (True, False), "c": (False, True), "d": (False, False), "e": (False, False),
        "f": (False, False),
    }  # fmt: skip
    stars = dict(zip(read.movies.tolist(), read.ratings.tolist(), strict=True))
    assert {movie: rating for movie, rating in stars.items() if not np.isnan(rating)} == {"b": 4, "c": 5, "e": 2}


def test_those_who_ask_for_one_user_at_the_same_moment_share_a_read(
    histories: Histories, graph: Watched, at: dict[int, Catalogue]
) -> None:
    async def ask() -> list[tuple[History, Recall]]:
        return await asyncio.gather(*(histories.read("x", at[1]) for _ in range(20)), histories.read("u", at[1]))

    read = run(ask)

    assert len({id(history) for history, _ in read[:20]}) == 1
    assert sorted(graph.reads) == ["u", "x"]


def test_the_least_recently_used_is_forgotten_first(histories: Histories, at: dict[int, Catalogue]) -> None:
    async def ask() -> None:
        await histories.read("x", at[1])
        await histories.read("u", at[1])
        histories.fresh("x", 1)
        await histories.read("z", at[1])

    run(ask)

    assert histories.fresh("x", 1) is not None
    assert histories.fresh("u", 1) is None


@pytest.mark.parametrize("error", [UnavailableError("does not answer"), InvalidInputError("refuses the user neo4j")])
def test_what_is_remembered_is_given_where_the_graph_can_not_be_read(
    histories: Histories, graph: Watched, clock: Clock, error: MarqueeError, at: dict[int, Catalogue]
) -> None:
    read, _ = run(lambda: histories.read("x", at[1]))
    graph.error, clock.seconds = error, 1_000

    assert run(lambda: histories.read("x", at[2])) == (read, Recall.REMEMBERED)


def test_nothing_is_known_where_the_graph_can_not_be_read_and_that_is_not_remembered(
    histories: Histories, graph: Watched, at: dict[int, Catalogue]
) -> None:
    graph.error = UnavailableError("does not answer")

    history, recall = run(lambda: histories.read("u", at[2]))

    assert (history.movies.tolist(), recall) == ([], Recall.UNREAD)
    assert histories.fresh("u", 2) is None


def test_a_fault_of_our_own_is_no_reason_to_answer_without_ratings(
    histories: Histories, graph: Watched, at: dict[int, Catalogue]
) -> None:
    graph.error = ZeroDivisionError("a fault")

    with pytest.raises(ZeroDivisionError):
        run(lambda: histories.read("u", at[2]))


def test_a_graph_that_is_away_is_not_asked(
    histories: Histories, graph: Watched, clock: Clock, at: dict[int, Catalogue]
) -> None:
    read, _ = run(lambda: histories.read("x", at[1]))
    clock.seconds = 200_000

    assert run(lambda: histories.read("x", at[1])) == (read, Recall.REMEMBERED)
    assert run(lambda: histories.read("u", at[1]))[1] is Recall.UNREAD
    assert graph.reads == ["x"]


def test_nobody_waits_longer_than_set_for_a_slow_graph(
    histories: Histories, graph: Watched, clock: Clock, at: dict[int, Catalogue]
) -> None:
    async def ask() -> tuple[Any, Any, Any]:
        before, _ = await histories.read("x", at[1])
        clock.seconds = 1_000
        graph.is_open.clear()
        late = await asyncio.gather(histories.read("x", at[1]), histories.read("u", at[1]))
        graph.is_open.set()
        await asyncio.wait(histories._reads.values())
        return before, *late

    before, remembered, unread = run(ask)

    assert remembered == (before, Recall.REMEMBERED)
    assert unread[1] is Recall.UNREAD
    histories.follow(Changes(0, ()), clock.seconds)
    assert histories.fresh("x", 1) not in (None, before)
    assert histories.fresh("u", 1) is not None
