"""Jobs: asked for, looked at, cancelled. They are kept in the graph and done by the workers."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from services.recommender.bodies.jobs import JobAnswer, JobList, JobLogAnswer, JobLogLine
from services.recommender.context import context
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import UNSAFE, WITH_BODY, documented
from shared.ids import MAX_ID_CHARACTERS
from shared.job_log import read_log
from shared.jobs import (
    BatchRequest,
    CleanUpRequest,
    CompareRequest,
    IngestRequest,
    Job,
    JobKind,
    JobRequest,
    JobState,
    TrainRequest,
    TuneRequest,
)

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
log = logging.getLogger(__name__)

JobId = Annotated[str, Path(alias="jobId", min_length=1, max_length=MAX_ID_CHARACTERS, examples=["9f1c2a7be0d4"])]

_ASKING: Final[dict[str, Any]] = {
    "status_code": HTTPStatus.ACCEPTED,
    "responses": {
        200: {
            "model": JobAnswer,
            "description": "The same was asked for and waits already (a training, a comparison, a batch, a clean-up).",
        },
        **documented(*WITH_BODY, HTTPStatus.SERVICE_UNAVAILABLE),
    },
    "dependencies": [requires_json],
}


def _as_json(example: dict[str, Any]) -> ConfigDict:
    """How the body of a request is read: names as JSON writes them, and nothing taken for what it is not."""
    return ConfigDict(
        alias_generator=to_camel, populate_by_name=True, strict=True, json_schema_extra={"example": example}
    )


class IngestBody(IngestRequest):
    """What an ingest is asked to do."""

    model_config = _as_json({"source": "ml-latest-small"})


class TrainBody(TrainRequest):
    """What a training is asked to do. What is left out is chosen by the trainer, on validation data where it can."""

    model_config = _as_json({"family": "inductive"})


class CompareBody(CompareRequest):
    """What a comparison is asked to do: fit some models in the same way, and judge them on the same held-out likes."""

    model_config = _as_json({"models": ["inductive", "ease", "popularity"], "seeds": 3})


class TuneBody(TuneRequest):
    """What a tuning is asked to do: try settings until so many were tried, or until the time is over."""

    model_config = _as_json({"family": "inductive", "trials": 30})


class BatchBody(BatchRequest):
    """What a batch is asked to do: the best movies of every user into files, and into the graph."""

    model_config = _as_json({"top": 20, "format": "parquet"})


class CleanUpBody(CleanUpRequest):
    """What a clean-up is asked to do: nothing but what the ingest worker's settings say, so this is `{}`."""

    model_config = _as_json({})


BODIES: Final[Mapping[JobKind, type[JobRequest]]] = {
    body.kind: body for body in (IngestBody, TrainBody, CompareBody, TuneBody, BatchBody, CleanUpBody)
}
"""How the request of each kind is read as JSON."""


def _shown(job: Job) -> JobAnswer:
    request = {to_camel(name): value for name, value in job.payload.items()}
    return JobAnswer.model_validate({**asdict(job), "request": request})


async def _ask(request: Request, response: Response, body: JobRequest) -> JobAnswer:
    parts = context(request)
    job, is_new = await parts.calls.run(lambda: parts.jobs.ask(body, parts.send))
    log.info("%s job %s %s", job.kind, job.job_id, "was asked for" if is_new else "waits already")
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    response.status_code = HTTPStatus.ACCEPTED if is_new else HTTPStatus.OK
    return _shown(job)


@router.post("/ingest", summary="Ask for an ingest", **_ASKING)
async def ask_for_ingest(request: Request, response: Response, body: IngestBody) -> JobAnswer:
    """Queue the reading of movies and ratings into the graph. Safe to ask for twice: the same graph at the end."""
    return await _ask(request, response, body)


@router.post("/train", summary="Ask for a training", **_ASKING)
async def ask_for_training(request: Request, response: Response, body: TrainBody) -> JobAnswer:
    """Queue a training on what is in the graph. Its model is served if it passes the gate."""
    return await _ask(request, response, body)


@router.post("/compare", summary="Ask for a comparison", **_ASKING)
async def ask_for_comparison(request: Request, response: Response, body: CompareBody) -> JobAnswer:
    """Queue the comparison of models on what is in the graph; its result is the table. Nothing is published."""
    return await _ask(request, response, body)


@router.post("/tune", summary="Ask for a tuning", **_ASKING)
async def ask_for_tuning(request: Request, response: Response, body: TuneBody) -> JobAnswer:
    """Queue a search for better settings; asked for twice, two workers search together.

    The best become the default of the next training if the gate agrees.
    """
    return await _ask(request, response, body)


@router.post("/batch", summary="Ask for a batch", **_ASKING)
async def ask_for_batch(request: Request, response: Response, body: BatchBody) -> JobAnswer:
    """Queue the recommending to all users at once. They get what `GET /v1/users/{userId}/recommendations` gives."""
    return await _ask(request, response, body)


@router.post("/clean-up", summary="Ask for a clean-up", **_ASKING)
async def ask_for_clean_up(request: Request, response: Response, body: CleanUpBody) -> JobAnswer:
    """Queue the removal of old jobs and model versions. The workers ask for one a day by themselves."""
    return await _ask(request, response, body)


@router.get(
    "", summary="List jobs", responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
)
async def list_jobs(
    request: Request,
    kind: JobKind | None = None,
    state: JobState | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JobList:
    """Jobs, newest first."""
    parts = context(request)

    def read() -> JobList:
        return JobList(items=[_shown(job) for job in parts.jobs.list(kind=kind, state=state, limit=limit)])

    return await parts.calls.run(read)


_ONE: Final[dict[int | str, dict[str, Any]]] = documented(
    HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
)


@router.get("/{jobId:jobId}", summary="A job", responses=_ONE)
async def get_job(request: Request, job_id: JobId) -> JobAnswer:
    """Where a job stands, and what came of it."""
    parts = context(request)
    return _shown(await parts.calls.run(lambda: parts.jobs.get(job_id)))


@router.get("/{jobId:jobId}/log", summary="A job's log", responses=_ONE)
async def get_log(
    request: Request,
    job_id: JobId,
    after: Annotated[int, Query(ge=0, lt=2**53, description="Lines after the one of this number.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> JobLogAnswer:
    """What the workers logged while they did a job, oldest first; of a long log the newest lines are kept.

    To follow it, ask again with `after` set to `next`, until it is complete.
    """
    parts = context(request)

    def read() -> JobLogAnswer:
        job = parts.jobs.get(job_id)
        lines = read_log(parts.graph, job, after=after, limit=limit)
        last = lines[-1].number if lines else after
        items = [JobLogLine.model_validate(asdict(line)) for line in lines]
        return JobLogAnswer(items=items, next=last, is_complete=job.state.is_final and last >= job.log_lines)

    return await parts.calls.run(read)


@router.post(
    "/{jobId:jobId}/cancel", summary="Cancel a job", responses={**_ONE, **documented(*UNSAFE, HTTPStatus.CONFLICT)}
)
async def cancel_job(request: Request, job_id: JobId) -> JobAnswer:
    """A job that waits is cancelled at once; one that runs is asked to stop, and does within its next step."""
    parts = context(request)
    return _shown(await parts.calls.run(lambda: parts.jobs.cancel(job_id)))
