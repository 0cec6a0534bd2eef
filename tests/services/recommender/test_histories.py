"""The cache of what users have rated: how often the graph is asked, and what happens when it is away."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import pytest

from services.recommender.histories import Histories, History
from shared.errors import UnavailableError
from shared.graph import Graph
from shared.graph.port import Array, Columns
from shared.schema import EdgeKind


class Watched:
    """Passes reads on to a real graph, counts them, and can hold them up or refuse them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.reads: list[str] = []
        self.is_away = False
        self.is_open = threading.Event()
        self.is_open.set()

    def edges_from(self, kind: EdgeKind, source: str, properties: Sequence[str] = ()) -> tuple[Array, Columns] | None:
        self.reads.append(source)
        self.is_open.wait(5)
        if self.is_away:
            raise UnavailableError("The graph does not answer.")
        return self._graph.edges_from(kind, source, properties)


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def graph(movies: Graph) -> Watched:
    return Watched(movies)


@pytest.fixture
def histories(graph: Watched, clock: Clock) -> Iterator[Histories]:
    made = Histories(graph, ttl_seconds=10, max_users=2, wait_seconds=0.1, clock=clock)  # type: ignore[arg-type]  # it passes on what is used
    yield made
    graph.is_open.set()
    made.close()


def run(work: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - whatever the work gives
    async def wrapped() -> Any:  # noqa: ANN401 - as above
        return await work()

    return asyncio.run(wrapped())


def test_a_history_is_read_once_and_remembered(histories: Histories, graph: Watched) -> None:
    read: History = run(lambda: histories.read("x", 1))

    assert sorted(zip(read.movies, read.ratings.tolist(), strict=True)) == [("b", 4), ("c", 5), ("e", 1)]
    assert histories.fresh("x", 1) is read
    assert graph.reads == ["x"]


def test_an_unknown_user_has_an_empty_history_that_is_remembered_too(histories: Histories) -> None:
    read: History = run(lambda: histories.read("nobody", 1))

    assert (read.movies, read.ratings.tolist()) == ([], [])
    assert histories.fresh("nobody", 1) is read


def test_what_is_too_old_or_of_another_revision_is_not_fresh(histories: Histories, clock: Clock) -> None:
    run(lambda: histories.read("x", 1))

    assert histories.fresh("x", 2) is None
    clock.seconds = 9.9
    assert histories.fresh("x", 1) is not None
    clock.seconds = 10
    assert histories.fresh("x", 1) is None


def test_those_who_ask_for_one_user_at_the_same_moment_share_a_read(histories: Histories, graph: Watched) -> None:
    async def ask() -> list[History]:
        return await asyncio.gather(*(histories.read("x", 1) for _ in range(20)), histories.read("u", 1))

    read = run(ask)

    assert len({id(history) for history in read[:20]}) == 1
    assert sorted(graph.reads) == ["u", "x"]


def test_the_least_recently_used_is_forgotten_first(histories: Histories) -> None:
    async def ask() -> None:
        await histories.read("x", 1)
        await histories.read("u", 1)
        histories.fresh("x", 1)
        await histories.read("z", 1)

    run(ask)

    assert histories.fresh("x", 1) is not None
    assert histories.fresh("u", 1) is None


def test_what_is_remembered_is_given_while_the_graph_is_away(
    histories: Histories, graph: Watched, clock: Clock
) -> None:
    read = run(lambda: histories.read("x", 1))
    graph.is_away, clock.seconds = True, 1_000

    assert run(lambda: histories.read("x", 2)) is read
    with pytest.raises(UnavailableError, match="does not answer"):
        run(lambda: histories.read("u", 2))


def test_nobody_waits_longer_than_set_for_a_slow_graph(histories: Histories, graph: Watched, clock: Clock) -> None:
    async def ask() -> tuple[History, History, BaseException]:
        before = await histories.read("x", 1)
        clock.seconds = 1_000
        graph.is_open.clear()
        late = await asyncio.gather(histories.read("x", 1), histories.read("u", 1), return_exceptions=True)
        graph.is_open.set()
        await asyncio.sleep(0.05)
        return before, *late  # type: ignore[return-value]  # asserted below

    before, remembered, refused = run(ask)

    assert remembered is before
    assert isinstance(refused, UnavailableError)
    assert histories.fresh("x", 1) not in (None, before)
    assert histories.fresh("u", 1) is not None
