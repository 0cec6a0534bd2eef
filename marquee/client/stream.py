"""Server-sent events, read line by line, and taken up again where a stream breaks."""

import json
from http import HTTPStatus
from typing import Final

import httpx

from marquee.client.errors import MarqueeError, UnreachableError, problem_of
from marquee.client.request import Request
from marquee.client.retries import Retries, may_repeat
from marquee.client.types.jobs import JobEvent

SILENCE_SECONDS: Final = 30.0  # a recommender sends a comment every ten; after so long a connection is taken for dead
FINAL: Final = frozenset({"succeeded", "rejected", "failed", "cancelled"})
"""The states that a job does not leave."""


class Following:
    """Where a stream of jobs' events stands. It knows nothing of how bytes come.

    Args:
        request: what opens the stream.
    """

    def __init__(self, request: Request[JobEvent]) -> None:
        self.request = request
        self.is_over = False
        self._ends_with_job = bool(request.ids)
        self._last_id: str | None = None
        self._again_seconds = 1.0
        self._id: str | None = None
        self._data, self._failures = "", 0

    @property
    def target(self) -> tuple[str, str]:
        """Method and path."""
        return self.request.method, self.request.path

    @property
    def headers(self) -> dict[str, str]:
        """What the next request for it says beside its own headers."""
        accepts = {"Accept": "text/event-stream"}
        return accepts if self._last_id is None else {**accepts, "Last-Event-ID": self._last_id}

    def feed(self, line: str) -> JobEvent | None:
        """Take a line without its end; the event that it completes."""
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data += value if not self._data else f"\n{value}"
        elif name == "id":
            self._id = value
        elif name == "retry" and value.isascii() and value.isdecimal():
            self._again_seconds = int(value) / 1_000
        elif not line and self._data:
            return self._complete()
        return None

    def _complete(self) -> JobEvent:
        event: JobEvent = json.loads(self._data)
        self._last_id, self._data, self._failures = self._id, "", 0
        self.is_over = self._ends_with_job and event["state"] in FINAL
        return event

    def open(self, response: httpx.Response) -> None:
        """Take the head of an answer, and of one that refuses the body, too.

        Raises:
            MarqueeError: it refuses, and asking again would not help.
        """
        if response.status_code == HTTPStatus.NO_CONTENT:
            self.is_over = True
        elif response.is_error and not may_repeat(self.request, response):
            raise problem_of(response)

    def pause(self, why: httpx.Response | httpx.RequestError | None, retries: Retries) -> float:
        """The stream broke, or ended before its job: for how many seconds to wait before the next.

        Raises:
            MarqueeError: nothing came as often as `retries` allows.
        """
        self._id, self._data = self._last_id, ""
        self._failures += 1
        if self._failures >= retries.attempts:
            raise self._error(why)
        return min(self._again_seconds * 2.0 ** (self._failures - 1), retries.longest_seconds)

    def _error(self, why: httpx.Response | httpx.RequestError | None) -> MarqueeError:
        if isinstance(why, httpx.Response) and why.is_error:
            return problem_of(why)
        error = UnreachableError(f"The stream {self.request.path} broke, and can't be taken up again.")
        error.__cause__ = why if isinstance(why, httpx.RequestError) else None
        return error
