"""The two clients: what is asked stands in `operations`, here is how it is sent."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final, Self

import httpx

from marquee.client.operation import Asynchronous, Synchronous
from marquee.client.operations import Operations
from marquee.client.request import Attempt, Outcome, Pause, Plan, Request, T
from marquee.client.retries import Retries
from marquee.client.stream import SILENCE_SECONDS, Following
from marquee.client.types.jobs import JobEvent

DEFAULT_URL: Final = "http://127.0.0.1:8000"
_DEFAULT_RETRIES: Final = Retries()


def _headers(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def _environment() -> tuple[str, str | None]:
    return os.environ.get("MARQUEE_URL") or DEFAULT_URL, os.environ.get("MARQUEE_API_KEY") or None


def _next_cursor(page: Mapping[str, Any]) -> str | None:
    cursor: str | None = page.get("nextCursor") or page.get("next")
    return cursor


def _stream_timeout(timeout_seconds: float) -> httpx.Timeout:
    return httpx.Timeout(timeout_seconds, read=SILENCE_SECONDS)


class Client(Operations, Synchronous):
    """A client whose calls return what was asked for. May be used by several threads at once.

    Args:
        url: a recommender's, or that of a proxy before several.
        key: an API key; None where access is open.
        timeout_seconds: for a connection, and between two parts of an answer.
        retries: which requests are sent again, and when.
        transport: httpx's, to send requests another way.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout_seconds: float = 10.0,
        retries: Retries = _DEFAULT_RETRIES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(base_url=url, headers=_headers(key), timeout=timeout_seconds, transport=transport)
        self._retries, self._stream_timeout = retries, _stream_timeout(timeout_seconds)

    @classmethod
    def from_environment(cls) -> Self:
        """A client of `MARQUEE_URL` (http://127.0.0.1:8000 where it is not set) with the key `MARQUEE_API_KEY`."""
        return cls(*_environment())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def perform(self, plan: Plan[T]) -> T:
        """Take a plan's steps."""
        steps, outcome = plan.steps(self._retries), None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                result: T = end.value
                return result
            outcome = self._take(step)

    def _take(self, step: Attempt | Pause) -> Outcome:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            return self._http.send(step.request.build(self._http))
        except httpx.RequestError as error:
            return error

    def pages(self, request: Request[Any]) -> Iterator[Any]:
        """The items of a page and of all that follow."""
        while True:
            page = self.perform(request)
            yield from page["items"]
            cursor = _next_cursor(page)
            if cursor is None:
                return
            request = request.at(cursor)

    def follow(self, following: Following) -> Iterator[JobEvent]:
        """The events of a stream, taken up again where it breaks."""
        why: httpx.Response | httpx.RequestError | None = None
        while not following.is_over:
            try:
                with self._http.stream(
                    *following.target, headers=following.headers, timeout=self._stream_timeout
                ) as why:
                    if why.is_error:
                        why.read()
                    following.open(why)
                    for line in why.iter_lines():
                        event = following.feed(line)
                        if event is not None:
                            yield event
            except httpx.RequestError as error:
                why = error
            if not following.is_over:
                time.sleep(following.pause(why, self._retries))


class AsyncClient(Operations, Asynchronous):
    """A client whose calls are awaited, on asyncio. Takes the same arguments as `Client`."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout_seconds: float = 10.0,
        retries: Retries = _DEFAULT_RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = _headers(key)
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout_seconds, transport=transport)
        self._retries, self._stream_timeout = retries, _stream_timeout(timeout_seconds)

    @classmethod
    def from_environment(cls) -> Self:
        """See `Client.from_environment`."""
        return cls(*_environment())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def perform(self, plan: Plan[T]) -> T:
        """Take a plan's steps."""
        steps, outcome = plan.steps(self._retries), None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                result: T = end.value
                return result
            outcome = await self._take(step)

    async def _take(self, step: Attempt | Pause) -> Outcome:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        try:
            return await self._http.send(step.request.build(self._http))
        except httpx.RequestError as error:
            return error

    async def pages(self, request: Request[Any]) -> AsyncIterator[Any]:
        """The items of a page and of all that follow."""
        while True:
            page = await self.perform(request)
            for item in page["items"]:
                yield item
            cursor = _next_cursor(page)
            if cursor is None:
                return
            request = request.at(cursor)

    async def follow(self, following: Following) -> AsyncIterator[JobEvent]:
        """The events of a stream, taken up again where it breaks."""
        why: httpx.Response | httpx.RequestError | None = None
        while not following.is_over:
            try:
                opening = self._http.stream(*following.target, headers=following.headers, timeout=self._stream_timeout)
                async with opening as why:
                    if why.is_error:
                        await why.aread()
                    following.open(why)
                    async for line in why.aiter_lines():
                        event = following.feed(line)
                        if event is not None:
                            yield event
            except httpx.RequestError as error:
                why = error
            if not following.is_over:
                await asyncio.sleep(following.pause(why, self._retries))
