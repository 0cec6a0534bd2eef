"""Properties of movies that an installation declares for itself."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.recommender.bodies.answer import Answer
from services.recommender.context import context
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import UNSAFE, WITH_BODY, documented
from shared.own_properties import OwnType, declare, read_declared, undeclare

router = APIRouter(prefix="/v1/properties", tags=["properties"])

Name = Annotated[str, Path(alias="property", min_length=1, max_length=128, examples=["studio"])]

_READ: Final = documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
_CHANGED: Final[dict[int | str, dict[str, Any]]] = documented(
    HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
)


class PropertyBody(BaseModel):
    """What a property holds."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"type": "string"}})

    type: OwnType = Field(description="`strings`: several texts, each once.")


class PropertyAnswer(Answer):
    """A declared property."""

    name: str = Field(examples=["studio"])
    type: OwnType


class PropertyList(Answer):
    """Declared properties by their names."""

    items: list[PropertyAnswer]


@router.get("", summary="List declared properties", responses=_READ)
async def list_properties(request: Request) -> PropertyList:
    """The properties that movies may have beside title, year and what else every movie has."""
    parts = context(request)
    declared = await parts.calls.run(lambda: read_declared(parts.graph))
    return PropertyList(items=[PropertyAnswer(name=name, type=type_) for name, type_ in sorted(declared.items())])


@router.put(
    "/{property:property}",
    summary="Declare a property",
    responses={
        201: {"model": PropertyAnswer, "description": "It is new."},
        **documented(*WITH_BODY),
        **_CHANGED,
    },
    dependencies=[requires_json],
)
async def declare_property(request: Request, response: Response, name: Name, body: PropertyBody) -> PropertyAnswer:
    """Let movies have a property; filters know it, and files of movies may have a column of this name."""
    parts = context(request)
    is_new = await parts.calls.run(lambda: declare(parts.graph, name, body.type))
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return PropertyAnswer(name=name, type=body.type)


@router.delete(
    "/{property:property}",
    summary="Remove a property",
    status_code=HTTPStatus.NO_CONTENT,
    responses={**documented(*UNSAFE, HTTPStatus.NOT_FOUND), **_CHANGED},
)
async def remove_property(
    request: Request,
    name: Name,
    remove_values: Annotated[
        bool, Query(alias="removeValues", description="Take the values of all movies out with it.")
    ] = False,
) -> None:
    """Take a declaration back. While movies have values of it, that is refused, unless these are to go, too."""
    parts = context(request)
    await parts.calls.run(lambda: undeclare(parts.graph, name, with_values=remove_values))
