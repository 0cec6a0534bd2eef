"""OpenAPI's examples fit the movies that are served."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from shared.graph import Graph
from shared.graph.sqlite import SqliteGraph


def example_of(openapi: dict[str, Any], path: str, name: str) -> object:
    parameters = openapi["paths"][path]["get"]["parameters"]
    return next(parameter["example"] for parameter in parameters if parameter["name"] == name)


def test_what_is_tried_out_works(rest: httpx.Client) -> None:
    openapi = rest.get("/openapi.json").json()

    body = openapi["paths"]["/v1/recommendations"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert body == {"likes": ["c", "b"]}  # the two with the most ratings
    assert rest.post("/v1/recommendations", json=body).status_code == 200
    body = openapi["paths"]["/v1/explanations"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert body == {"movieIds": ["c"], "likes": ["b"]}
    assert rest.post("/v1/explanations", json=body).status_code == 200
    assert example_of(openapi, "/v1/movies/{movieId}", "movieId") == "c"
    assert example_of(openapi, "/v1/movies/{movieId}/similar", "movieId") == "c"
    assert example_of(openapi, "/v1/movies", "q") == "Casablanca"


def test_an_empty_graph_is_described_without(
    tmp_path: Path, serve: Callable[[Graph], httpx.Client], until_served: Callable[[httpx.Client, str | None], None]
) -> None:
    with SqliteGraph(tmp_path / "empty.db", timeout_seconds=1) as graph:
        graph.prepare()
        rest = serve(graph)
        before = rest.get("/openapi.json")
        until_served(rest, None)
        after = rest.get("/openapi.json")

    assert before.status_code == 200
    assert before.json() == after.json()
    body = after.json()["paths"]["/v1/recommendations"]["post"]["requestBody"]["content"]["application/json"]
    assert body["example"] == {"likes": []}
    assert "example" not in after.json()["paths"]["/v1/movies/{movieId}"]["get"]["parameters"][0]
