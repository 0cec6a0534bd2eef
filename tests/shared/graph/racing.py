"""Threads that do the same at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def race(racers: int, act: Callable[[int], T]) -> list[T]:
    """What `act` returns in so many threads that start it at the same moment, numbered from 0."""
    barrier = Barrier(racers)

    def run(number: int) -> T:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(racers) as threads:
        return list(threads.map(run, range(racers)))
