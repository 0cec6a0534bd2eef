"""A client of Marquee's REST interface: `Client`, and `AsyncClient` to await. docs/api.md is a tour of it.

It needs httpx and nothing else of Marquee.
"""

from marquee.client.clients import AsyncClient, Client
from marquee.client.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    JobFailedError,
    MarqueeError,
    NotFoundError,
    ProblemError,
    RateLimitedError,
    ServerFaultError,
    UnauthorizedError,
    UnavailableError,
    UnreachableError,
    UnreadableError,
)
from marquee.client.retries import Retries

__all__ = [
    "AsyncClient",
    "Client",
    "ConflictError",
    "ForbiddenError",
    "InvalidRequestError",
    "JobFailedError",
    "MarqueeError",
    "NotFoundError",
    "ProblemError",
    "RateLimitedError",
    "Retries",
    "ServerFaultError",
    "UnauthorizedError",
    "UnavailableError",
    "UnreachableError",
    "UnreadableError",
]
