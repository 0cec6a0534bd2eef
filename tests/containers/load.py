"""Clients that ask the proxy all the time, and know what is right."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import httpx
import pytest

CLIENTS: Final = 8
USERS: Final = [f"simulated-{number:04d}" for number in range(1, 21)]


def wait_until(condition: Any, *, seconds: float) -> None:  # noqa: ANN401 - a lambda with a bound default
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come true within {seconds:.0f} s"
        time.sleep(0.05)


def is_right(items: Sequence[Mapping[str, Any]], right: Mapping[str, float]) -> bool:
    """Whether these are the best 20, where scores that differ by rounding alone may change places."""
    scores = [item["score"] for item in items]
    best = sorted(right.values(), reverse=True)[:20]
    return scores == pytest.approx(best, abs=1e-4) and all(
        right.get(item["movieId"]) == pytest.approx(item["score"], abs=1e-4) for item in items
    )


@dataclass
class Load:
    """Clients that ask the proxy all the time, and compare each answer with the right one."""

    client: Callable[[], httpx.Client]
    right: Mapping[str, Mapping[str, float]]
    answers: int = 0
    failures: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number: int) -> None:
        with self.client() as client:
            while not self._end.is_set():
                user = USERS[(number + self.answers) % len(USERS)]
                try:
                    answer = client.get(f"/v1/users/{user}/recommendations").raise_for_status().json()
                    if not is_right(answer["items"], self.right[user]):
                        self.failures.append(f"wrong: {answer}")
                except (httpx.HTTPError, ValueError) as error:
                    self.failures.append(f"{type(error).__name__}: {error}")
                self.answers += 1

    def goes_on(self, count: int) -> None:
        """Wait for so many more answers."""
        enough = self.answers + count
        wait_until(lambda: self.answers >= enough, seconds=60)
