"""A client that asks the recommender all the time, and keeps every different answer."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
import pytest

from tests.faults.reference import LIMIT, USERS, Ranking


@dataclass(frozen=True, slots=True)
class Answer:
    """What was recommended to a user, by which version."""

    user: str
    version: str | None
    items: tuple[tuple[str, float], ...]


@dataclass(slots=True)
class Client:
    """Asks until the context ends.

    Attributes:
        url: of the recommender.
        answers: each different one, with how often it came.
        refusals: what else came: statuses, or kinds of errors.
    """

    url: str
    pause_seconds: float = 0.02
    answers: Counter[Answer] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30)

    def wait_for_version(self, version: str, seconds: float) -> None:
        """Wait until a version answers."""
        deadline = time.monotonic() + seconds
        while not any(answer.version == version for answer in list(self.answers)):
            assert time.monotonic() < deadline, f"{version} does not answer: {self.answers}, {self.refusals}"
            time.sleep(0.02)

    def begin_with(self, version: str, seconds: float) -> None:
        """Wait until a version answers, and forget what was answered before it: the pointer moves first."""
        self.wait_for_version(version, seconds)
        self.answers.clear()

    def wait_for_more(self, count: int, seconds: float) -> None:
        """Wait for so many further answers."""
        goal, deadline = self.answers.total() + count, time.monotonic() + seconds
        while self.answers.total() < goal:
            assert time.monotonic() < deadline, f"it does not answer: {self.refusals}"
            time.sleep(0.02)

    def _ask(self) -> None:
        with httpx.Client(base_url=self.url, timeout=10, trust_env=False) as rest:
            while not self._stop.is_set():
                for user in USERS:
                    self._ask_for(rest, user)
                    self._stop.wait(self.pause_seconds)

    def _ask_for(self, rest: httpx.Client, user: str) -> None:
        try:
            answer = rest.get(f"/v1/users/{user}/recommendations", params={"limit": LIMIT})
        except httpx.HTTPError as error:
            self.refusals[type(error).__name__] += 1
            return
        if answer.status_code != httpx.codes.OK:
            self.refusals[str(answer.status_code)] += 1
            return
        body: dict[str, Any] = answer.json()
        items = tuple((item["movieId"], item["score"]) for item in body["items"])
        self.answers[Answer(user, (body["model"] or {}).get("version"), items)] += 1

    def check(self, legal: Mapping[str, Mapping[str, Ranking]]) -> None:
        """Each answer is that of the version it names: the same movies with the same scores, best first.

        Args:
            legal: by version, the ranking of each user.
        """
        assert self.answers, f"it never answered: {self.refusals}"
        for answer in self.answers:
            assert answer.version is not None
            assert answer.version in legal, f"nobody published {answer.version}"
            expected = legal[answer.version][answer.user]
            assert [score for _, score in answer.items] == sorted((score for _, score in answer.items), reverse=True)
            assert dict(answer.items) == pytest.approx(expected, rel=1e-4, abs=1e-4), answer
