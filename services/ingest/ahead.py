"""The next block is read and cleaned while the graph writes the one before."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The same items, each made by a thread of its own while the one before it is in use.

    What `items` raises is raised here, in its turn. Close it where it is left early: the thread ends with the item that
    it is making, and no other is made.
    """

    def make() -> list[T]:
        return list(islice(items, 1))

    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(make)
        while made := coming.result():
            coming = thread.submit(make)
            yield made[0]
