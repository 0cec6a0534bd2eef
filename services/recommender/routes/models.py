"""Model versions: listed, shown with the report of their training, compared, and served again."""

from collections.abc import Container
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from services.recommender.bodies.answer import VERSION_EXAMPLE
from services.recommender.bodies.models import ModelAnswer, ModelComparison, ModelDetail, ModelList, ModelMap
from services.recommender.context import context
from services.recommender.http.problems import UNSAFE, documented
from shared.graph import Graph
from shared.ids import MAX_ID_CHARACTERS
from shared.models import (
    KINDS_OF,
    RANKING,
    ModelVersion,
    VersionState,
    activate,
    get_version,
    list_versions,
    read_map,
    read_page,
    read_report,
    roll_back,
)
from shared.movie_map import EXTENT
from shared.schema import SERVES
from shared.version_comparison import compare_versions

router = APIRouter(prefix="/v1/models", tags=["models"])

Version = Annotated[str, Path(min_length=1, max_length=MAX_ID_CHARACTERS, examples=[VERSION_EXAMPLE])]

_ONE: Final[dict[int | str, dict[str, Any]]] = documented(
    HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
)


_PAGE_HEADERS: Final = {
    # A title of a movie is foreign: should one ever become markup, nothing of it runs or is fetched.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'",
}


def _served(graph: Graph) -> set[str | None]:
    """The versions that the pointers name."""
    return {graph.read_pointer(SERVES, pointer) for pointer in KINDS_OF}


def _fields(model: ModelVersion, served: Container[str | None]) -> dict[str, Any]:
    return {
        "version": model.version,
        "objective": model.pointer,
        "state": model.state,
        "is_served": model.version in served,
        "can_be_served": model.state is VersionState.READY and model.slot is not None,
        "created_at": model.created_at,
        "family": model.parameters.family,
        "user_form": model.parameters.user_form,
        "width": model.parameters.width,
        "movies": model.movies,
        "users": model.users,
        "metrics": model.metrics,
        "job_id": model.job_id,
    }


@router.get(
    "",
    summary="List model versions",
    responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)
async def list_models(request: Request, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> ModelList:
    """Versions of all objectives, newest first: also those that the gate has rejected."""
    parts = context(request)

    def read() -> ModelList:
        served = _served(parts.graph)
        return ModelList(items=[ModelAnswer(**_fields(model, served)) for model in list_versions(parts.graph, limit)])

    return await parts.calls.run(read)


@router.get("/{version:version}", summary="A model version with its report", responses=_ONE)
async def get_model(request: Request, version: Version) -> ModelDetail:
    """A version, and what its training wrote down."""
    parts = context(request)

    def read() -> ModelDetail:
        fields = _fields(get_version(parts.graph, version), _served(parts.graph))
        return ModelDetail(**fields, report=read_report(parts.graph, version))

    return await parts.calls.run(read)


@router.get(
    "/{version:version}/report.html",
    summary="A model version's report as a page",
    response_class=HTMLResponse,
    responses=_ONE,
)
async def get_page(request: Request, version: Version) -> HTMLResponse:
    """What its training wrote down, for people: one page with plots, which needs nothing from anywhere else."""
    parts = context(request)
    page = await parts.calls.run(lambda: read_page(parts.graph, version))
    return HTMLResponse(page, headers=_PAGE_HEADERS)


@router.get(
    "/{version:version}/map", summary="A map of a model version's movies", response_model=ModelMap, responses=_ONE
)
async def get_map(request: Request, version: Version) -> Response:
    """The 5,000 movies at most that most people like, as its training laid them out in the plane.

    Near one another lies what is liked by the same people; how far apart groups are says little. Movies that were
    deleted since are left out.
    """
    parts = context(request)
    found = await parts.calls.run(lambda: read_map(parts.graph, version))
    catalogue = parts.serving.snapshot.catalogue
    rows = catalogue.ids.rows(found.movie_ids).tolist()
    items = [
        b'{%b,"x":%d,"y":%d,"genre":%b}' % (catalogue.brief(row), x, y, orjson.dumps(genre))
        for row, x, y, genre in zip(rows, found.x, found.y, found.genres, strict=True)
        if row >= 0
    ]
    head = orjson.dumps({"version": version, "extent": EXTENT})[:-1]
    return Response(b'%b,"items":[%b]}' % (head, b",".join(items)), media_type="application/json")


@router.get("/{version:version}/compare/{other:version}", summary="Two model versions compared", responses=_ONE)
async def compare_models(request: Request, version: Version, other: Version) -> ModelComparison:
    """What two versions of one objective were trained with and on, and how they were judged."""
    parts = context(request)
    found = await parts.calls.run(lambda: compare_versions(parts.graph, version, other))
    named = {"first": found.first.version, "second": found.second.version}
    return ModelComparison.model_validate({**asdict(found), **named})


@router.post(
    "/rollback",
    summary="Serve the version before",
    responses=documented(*UNSAFE, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)
async def roll_back_model(request: Request, objective: Literal["ranking", "rating"] = RANKING) -> ModelAnswer:
    """Serve the version that was served before the present one, if its vectors are still kept.

    Done twice, it is as it was. A training that publishes takes the slot of the version before the served one, so
    that after it there is one version to go back to.
    """
    parts = context(request)
    model = await parts.calls.run(lambda: roll_back(parts.graph, objective))
    return ModelAnswer(**_fields(model, [model.version]))


@router.post(
    "/{version:version}/activate",
    summary="Serve a version",
    responses={**_ONE, **documented(*UNSAFE, HTTPStatus.CONFLICT)},
)
async def activate_model(request: Request, version: Version) -> ModelAnswer:
    """Serve this version from now on, if its vectors are still kept. Every recommender follows within a second.

    Of each objective one version is served; those of the other stay as they are.
    """
    parts = context(request)
    model = await parts.calls.run(lambda: activate(parts.graph, version))
    return ModelAnswer(**_fields(model, [model.version]))
