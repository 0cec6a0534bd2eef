"""What a process is busy with: the request that it answers, or the job that it does, and who asked for that.

A request's id is kept in a context variable, since a recommender answers many at a time. A worker does one job at a
time in each process, and what the threads of a training log is the job's, too: so a job is kept for the whole process.
"""

import contextlib
import itertools
import re
import secrets
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Request-Id"
_ALLOWED: Final = re.compile(
    rb"[A-Za-z0-9._:/+=@-]{1,128}"
)  # what other programs make ids of, and nothing that a log reads

_request: Final[ContextVar[str | None]] = ContextVar("marquee_request", default=None)
# A prefix of the process and a count: made in a fifth of the time that random ids take, and as much their own.
_prefix: Final = secrets.token_hex(6)
_numbers: Final = itertools.count(1)


class _Process:
    """The job that this process does, and the id of the request that asked for it."""

    job_id: str | None = None
    request_id: str | None = None


def accept_request_id(sent: bytes | None) -> str:
    """The id that a client has sent, if it may stand in a log and in a header; else a new one.

    >>> accept_request_id(b"f00d-1"), len(accept_request_id(b"two words"))
    ('f00d-1', 20)
    """
    if sent is not None and _ALLOWED.fullmatch(sent):
        return sent.decode("ascii")
    return f"{_prefix}{next(_numbers):08x}"


def begin_request(request_id: str) -> None:
    """What follows in this task is done for this request."""
    _request.set(request_id)


def request_id() -> str | None:
    """The request that is answered here, or that asked for the job in hand."""
    return _request.get() or _Process.request_id


def job_id() -> str | None:
    """The job in hand."""
    return _Process.job_id


@contextlib.contextmanager
def doing_job(job: str, request: str | None) -> Iterator[None]:
    """For as long as the context lasts this process does a job, which a request may have asked for."""
    before = _Process.job_id, _Process.request_id
    _Process.job_id, _Process.request_id = job, request
    try:
        yield
    finally:
        _Process.job_id, _Process.request_id = before
