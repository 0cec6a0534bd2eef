"""What OpenAPI tells of the application."""

from typing import Any

import httpx
import pytest


@pytest.fixture
def openapi(rest: httpx.Client) -> dict[str, Any]:
    described: dict[str, Any] = rest.get("/openapi.json").raise_for_status().json()
    return described


def names(schema: object) -> set[str]:
    """Every name of a field in a schema."""
    if isinstance(schema, dict):
        own = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
        return own.union(*(names(value) for value in schema.values()))
    if isinstance(schema, list):
        return set().union(*(names(value) for value in schema))
    return set()


def test_every_answer_has_a_schema_and_every_error_is_a_problem(openapi: dict[str, Any]) -> None:
    for path, operations in openapi["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert operation["description"], path
            for status, answer in operation["responses"].items():
                if status == "204":
                    assert "content" not in answer, path
                    continue
                shown = "text/html" if path.endswith(".html") else "application/json"
                expected = shown if status < "400" else "application/problem+json"
                assert list(answer["content"]) == [expected], (path, status)
                assert answer["content"][expected]["schema"], (path, status)


def test_parameters_of_the_direct_route_are_described(openapi: dict[str, Any]) -> None:
    parameters = openapi["paths"]["/v1/users/{userId}/recommendations"]["get"]["parameters"]

    assert [(p["name"], p["in"], p["required"]) for p in parameters] == [
        ("userId", "path", True),
        ("limit", "query", False),
        ("offset", "query", False),
        ("filter", "query", False),
        ("exclude", "query", False),
        ("cursor", "query", False),
        ("diversity", "query", False),
        ("popularityDamping", "query", False),
        ("explain", "query", False),
    ]
    assert parameters[1]["schema"]["maximum"] == 200


def test_field_names_are_camel_case(openapi: dict[str, Any]) -> None:
    found = names(openapi["components"]["schemas"])

    assert {"movieId", "ratingsCount", "likeThreshold", "minRating", "secondsLeft", "isServed"} <= found
    assert not {name for name in found if "_" in name}


def test_bodies_and_answers_have_examples(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]

    for name in ("Movie", "ScoredMovie", "IngestBody", "TrainBody"):
        assert schemas[name]["example"], name


def test_what_a_changing_route_may_refuse_is_described(openapi: dict[str, Any]) -> None:
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            if method == "get":
                continue
            expected = {"403", "413", "503"}
            expected |= {"422"} if "parameters" in operation else set()
            expected |= {"400", "415", "422"} if "requestBody" in operation else set()
            assert expected <= set(operation["responses"]), (path, method)
