"""What only the graph can answer: bounded in time, refused at once while the graph is away."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest

from services.recommender.replica.graph_calls import GraphCalls
from services.recommender.replica.pulse import Pulse
from shared.errors import NotFoundError, UnavailableError
from tests.services.recommender.conftest import Clock

T = TypeVar("T")


@pytest.fixture
def calls(clock: Clock) -> Iterator[GraphCalls]:
    pulse = Pulse(lambda: None, interval_seconds=1, away_after_seconds=2, clock=clock)
    pulse.beat()
    made = GraphCalls(pulse, wait_seconds=0.1)
    yield made
    made.close()


def run(work: Callable[[], Awaitable[T]]) -> T:
    async def wrapped() -> T:
        return await work()

    return asyncio.run(wrapped())


def test_what_the_call_returns_or_raises_is_passed_on(calls: GraphCalls) -> None:
    def fail() -> None:
        raise NotFoundError("no such job")

    assert run(lambda: calls.run(lambda: 7)) == 7
    with pytest.raises(NotFoundError, match="no such job"):
        run(lambda: calls.run(fail))


def test_while_the_graph_is_away_nothing_is_begun(calls: GraphCalls, clock: Clock) -> None:
    begun: list[int] = []
    clock.seconds = 12

    with pytest.raises(UnavailableError, match="it has not answered for 12 s"):
        run(lambda: calls.run(lambda: begun.append(1)))

    assert begun == []


def test_nobody_waits_longer_than_set(calls: GraphCalls) -> None:
    is_open = threading.Event()

    with pytest.raises(UnavailableError, match=r"not answered in 0\.1 s.*look whether"):
        run(lambda: calls.run(lambda: is_open.wait(30)))

    is_open.set()


def test_calls_that_hang_keep_no_more_than_their_own_threads_and_those_behind_them_are_given_up(
    calls: GraphCalls,
) -> None:
    is_open, begun = threading.Event(), []

    def hang() -> None:
        begun.append(1)
        is_open.wait(30)

    async def ask() -> list[BaseException | None]:
        return await asyncio.gather(*(calls.run(hang) for _ in range(50)), return_exceptions=True)

    refused = run(ask)

    assert all(isinstance(error, UnavailableError) for error in refused)
    is_open.set()
    calls._threads.shutdown(wait=True)
    assert len(begun) == 16
