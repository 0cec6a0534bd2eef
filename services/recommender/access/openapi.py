"""What OpenAPI tells of keys: which scope each route needs, and how a request without is answered."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI

from services.recommender.access.table import Rule
from services.recommender.http.problems import documented

_SCHEME: Final = "key"
_KEY: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "mq_ID_SECRET",
    "description": "An API key with the scopes that the route names. The header `X-API-Key` is taken as well.",
}
_ANSWERS: Final = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def describe_access(app: FastAPI, rules: Mapping[str, Rule]) -> None:
    """Let `app` tell in its own description what each route needs."""
    described: Callable[[], dict[str, Any]] = app.openapi  # made once and kept by FastAPI

    def openapi() -> dict[str, Any]:
        schema = described()
        schemes = schema.setdefault("components", {}).setdefault("securitySchemes", {})
        if _SCHEME not in schemes:
            schemes[_SCHEME] = _KEY
            _add(schema, rules)
        return schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend what it describes


def _add(schema: dict[str, Any], rules: Mapping[str, Rule]) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            scope = rules[f"{method.upper()} {path}"].scope
            if scope is not None:
                operation["security"] = [{_SCHEME: [scope.value]}]
                for status, answer in documented(*_ANSWERS).items():
                    operation["responses"].setdefault(str(status), answer)
