"""OpenAPI's examples, taken from the movies that are served: what "Try it out" sends, works."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import orjson
from fastapi import FastAPI

from services.recommender.replica.snapshot import Serving
from shared.errors import UnavailableError

Schema = dict[str, Any]


def add_examples(app: FastAPI, serving: Serving) -> None:
    """Let `app` describe itself with examples of the movies in memory; without movies it picks none."""
    described: Callable[[], Schema] = app.openapi  # made once and kept by FastAPI

    def openapi() -> Schema:
        schema = deepcopy(described())
        _add(schema, _most_rated(serving))
        return schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend what it describes


def _most_rated(serving: Serving) -> list[dict[str, Any]]:
    """Two movies, or as many as there are."""
    try:
        catalogue = serving.snapshot.catalogue
    except UnavailableError:
        return []
    return [orjson.loads(catalogue.json(row)) for row in catalogue.by_popularity[:2].tolist()]


def _add(schema: Schema, movies: list[dict[str, Any]]) -> None:
    ids = [movie["movieId"] for movie in movies]
    _body_of(schema, "/v1/recommendations")["example"] = {"likes": ids}
    # the second one liked, so that the first is explained by another than itself; with one movie there is no other
    _body_of(schema, "/v1/explanations")["example"] = {"movieIds": ids[:1], "likes": ids[1:]}
    of_parameters = {"movieId": movies[0]["movieId"], "q": movies[0]["title"]} if movies else {}
    for operations in schema["paths"].values():
        for parameter in operations.get("get", {}).get("parameters", []):
            if of_parameters.get(parameter["name"]):
                parameter["example"] = of_parameters[parameter["name"]]


def _body_of(schema: Schema, path: str) -> Schema:
    found: Schema = schema["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    return found
