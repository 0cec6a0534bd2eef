"""Which requests are sent again, when, and how often."""

import random
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, cast

import httpx

from marquee.client.errors import (
    MarqueeError,
    RateLimitedError,
    UnavailableError,
    UnreachableError,
    UnreadableError,
    problem_of,
)
from marquee.client.request import Attempt, Outcome, Pause, Request, Steps, T

_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is sent, and how long the pauses between are.

    What never arrived, and what a rate held back, is sent again in any case. Where a request may have been done, though
    its answer was lost or was 502, 503 or 504, it is sent again only if it does no more the second time.

    Attributes:
        attempts: how often it is sent at most; 1 for never again.
        first_seconds: the pause after the first, if the answer names none. Each is twice the one before, and a part of
            it up to a half is left out by chance.
        longest_seconds: of a pause. If an answer asks for a longer one, it is raised at once.
    """

    attempts: int = 4
    first_seconds: float = 0.25
    longest_seconds: float = 20.0

    def pause_seconds(self, attempt: int, asked: float | None, chance: float) -> float | None:
        """How long to wait after an attempt, from 1; None for no more.

        Args:
            attempt: how many there were.
            asked: what the answer asks for.
            chance: from 0 to 1, so that clients that failed together do not come back together.

        >>> [Retries().pause_seconds(attempt, None, 0.0) for attempt in (1, 2, 3, 4)]
        [0.25, 0.5, 1.0, None]
        >>> Retries().pause_seconds(1, None, 1.0), Retries().pause_seconds(1, 3.0, 1.0)
        (0.125, 3.25)
        >>> Retries().pause_seconds(1, 60.0, 0.0)
        """
        if attempt >= self.attempts:
            return None
        if asked is not None:  # never sooner
            return asked + chance * self.first_seconds if asked <= self.longest_seconds else None
        return min(self.longest_seconds, self.first_seconds * 2.0 ** (attempt - 1)) * (1 - chance / 2)

    def answer(self, request: Request[T]) -> Steps[T]:
        """The steps to a request's answer.

        Raises:
            MarqueeError: it was refused, or not answered.
        """
        attempt, was_lost = 0, False
        while True:
            attempt += 1
            outcome = yield Attempt(request)
            if isinstance(outcome, httpx.Response):
                is_gone = was_lost and request.method == "DELETE" and outcome.status_code == HTTPStatus.NOT_FOUND
                if is_gone:  # the attempt whose answer was lost had done it
                    return cast("T", None)
                if not outcome.is_error:
                    return cast("T", read(outcome))
            error = error_of(request, outcome)
            was_lost = was_lost or isinstance(error, UnreachableError)
            asked = getattr(error, "retry_after", None)
            pause = self.pause_seconds(attempt, asked, random.random()) if may_repeat(request, outcome) else None  # noqa: S311 - no secret
            if pause is None:
                raise error
            yield Pause(pause)


def may_repeat(request: Request[Any], outcome: Outcome) -> bool:
    """Whether a request that came to this may be sent again."""
    if isinstance(outcome, _NEVER_SENT):
        return True
    if isinstance(outcome, httpx.Response):
        kind = type(problem_of(outcome))
        return kind is RateLimitedError or (kind is UnavailableError and request.is_repeatable)
    return request.is_repeatable


def error_of(request: Request[Any], outcome: Outcome) -> MarqueeError:
    """What to raise where no attempt is left."""
    if isinstance(outcome, httpx.Response):
        return problem_of(outcome)
    why = str(outcome) or type(outcome).__name__
    error = UnreachableError(f"{request.method} {request.path} was not answered: {why}")
    error.__cause__ = outcome
    return error


def read(response: httpx.Response) -> Any:  # noqa: ANN401 - JSON; the request says of which form
    """What an answer says: JSON, text, or None where it is empty."""
    if not response.content:
        return None
    if not response.headers.get("content-type", "").startswith("application/json"):
        if response.headers.get("content-type", "").startswith("text/html"):
            return response.text
        raise UnreadableError(f"{response.request.url} did not answer in JSON. Is this a recommender's address?")
    try:
        return response.json()
    except ValueError as error:
        raise UnreadableError(f"{response.request.url} answered in JSON that can't be read: {error}") from error
