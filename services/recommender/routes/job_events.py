"""Jobs over server-sent events: how they stand, and each change, as it comes."""

import contextlib
import zlib
from collections.abc import AsyncGenerator
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request, Response

from services.recommender.bodies.jobs import JobEvent
from services.recommender.context import context
from services.recommender.http.event_stream import EventStream
from services.recommender.http.problems import documented
from services.recommender.replica.job_events import Stream
from services.recommender.routes.jobs import JobId
from shared.jobs import Job

_SILENCE_SECONDS: Final = 10.0  # then a comment is sent: proxies close what is silent, ours after 40 s
_AGAIN_MS: Final = 2_000  # after so long a client asks again where its stream broke
_EXAMPLE: Final = """retry: 2000

id: 1795253400000.5f0c1d2e
event: job
data: {"jobId":"9f1c2a7be0d4","kind":"train","state":"running","stage":"train","progress":0.42,"secondsLeft":12.5}

: nothing new

"""

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=64, description="The id of the last event that came before a break."),
]
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Events of the type `job`; a comment now and then says that the stream lives.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    },
    **documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
}


@router.get(
    "/events",
    summary="All jobs, as they change",
    status_code=HTTPStatus.OK,
    response_class=EventStream,
    responses=_STREAM,
)
async def follow_all(request: Request, last_event_id: LastEventId = None) -> Response:
    """A stream of server-sent events: first each job that waits or runs, then every change, until you close it.

    After a break send the last event's id as `Last-Event-ID`, as browsers do: what ended meanwhile comes, too. Of
    changes that follow one another closely the last is sent. Parts of jobs are left out.
    """
    since, _ = _seen(last_event_id)
    held = contextlib.AsyncExitStack()
    stream = await held.enter_async_context(context(request).job_events.open(None, ended_since=since))
    return EventStream(_parts(stream, ""), held)


@router.get(
    "/{jobId:jobId}/events",
    summary="A job, as it changes",
    status_code=HTTPStatus.OK,
    response_class=EventStream,
    responses={
        **_STREAM,
        204: {"description": "It has ended, and `Last-Event-ID` names the event that said so: do not ask again."},
        **documented(HTTPStatus.NOT_FOUND),
    },
)
async def follow_one(request: Request, job_id: JobId, last_event_id: LastEventId = None) -> Response:
    """A stream of server-sent events: how the job stands, then every change, until it has ended."""
    _, seen = _seen(last_event_id)
    parts = context(request)
    if seen:
        job = await parts.calls.run(lambda: parts.jobs.get(job_id))
        if job.state.is_final and _digest(_data(job)) == seen:
            return Response(status_code=HTTPStatus.NO_CONTENT)
    held = contextlib.AsyncExitStack()
    stream = await held.enter_async_context(parts.job_events.open(job_id))
    return EventStream(_parts(stream, seen), held)


async def _parts(stream: Stream, seen: str) -> AsyncGenerator[bytes]:
    """The stream as it goes over the line; an event that the client has seen is left out."""
    yield b"retry: %d\n\n" % _AGAIN_MS
    async for news in stream.listen(_SILENCE_SECONDS):
        text = b""
        for job, at in news:
            data = _data(job)
            digest = _digest(data)
            if digest != seen:
                text += f"id: {at}.{digest}\nevent: job\ndata: {data}\n\n".encode()
        yield text or b": nothing new\n\n"


def _data(job: Job) -> str:
    return JobEvent.model_validate(asdict(job)).model_dump_json(by_alias=True)


def _digest(data: str) -> str:
    return f"{zlib.crc32(data.encode()):08x}"


def _seen(last_event_id: str | None) -> tuple[int | None, str]:
    """The time and the digest in an event's id. One that is none of ours is taken for none.

    >>> _seen("1795253400000.5f0c1d2e")
    (1795253400000, '5f0c1d2e')
    >>> _seen("7")
    (None, '')
    """
    at, dot, digest = (last_event_id or "").partition(".")
    return (int(at), digest) if dot and at.isascii() and at.isdecimal() else (None, "")
