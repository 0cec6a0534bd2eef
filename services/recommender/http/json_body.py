"""Refuses bodies that are not said to be JSON: FastAPI would take them for a string that does not fit."""

from http import HTTPStatus
from typing import Final

from fastapi import Depends, Request
from starlette.exceptions import HTTPException


async def _require_json(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        got = f"this one says {media_type!r}" if media_type else "this one does not say what it is"
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"The body must be JSON, and {got}. Send it with the header `content-type: application/json`.",
        )


requires_json: Final = Depends(_require_json)
"""For the `dependencies` of a route with a body: called before the body is validated."""
