"""The client asks for what the OpenAPI document describes, all of it, and its types are those of the document."""

import inspect
import types
import typing
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from marquee.client.operations import Operations
from marquee.client.request import Request
from marquee.client.types.jobs import JobEvent as ClientsJobEvent
from services.recommender.bodies.jobs import JobEvent
from services.recommender.settings import RecommenderSettings
from services.recommender.web import create_app
from shared.graph.sqlite import SqliteGraph

Schema = dict[str, Any]
Route = tuple[str, str]
DESCRIBED = {name: method for name, method in inspect.getmembers(Operations) if hasattr(method, "describe")}
ASKED = {name: method for name, method in DESCRIBED.items() if name != "wait_for_job"}  # which asks as `job` does
NAMES = {type(None): "null", str: "string", int: "integer", float: "number", bool: "boolean"}


@pytest.fixture(scope="module")
def openapi(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path: Path = tmp_path_factory.mktemp("openapi") / "graph.db"
    with SqliteGraph(path, timeout_seconds=10) as graph:
        graph.prepare()
        return create_app(graph, lambda *_: None, RecommenderSettings()).openapi()


def form_of_type(hint: Any) -> object:  # noqa: ANN401, PLR0911 - any annotation; one line for each kind
    """An annotation in a form that a schema has, too."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return "anything"
    if hint in NAMES:
        return NAMES[hint]
    if typing.is_typeddict(hint):
        hints = get_type_hints(hint)
        return {key: (key in hint.__required_keys__, form_of_type(value)) for key, value in hints.items()}
    if origin is Literal:
        return set(arguments)
    if origin in {Union, types.UnionType}:
        return one_of([form_of_type(argument) for argument in arguments])
    if origin in {list, Sequence}:
        return [form_of_type(arguments[0])]
    assert origin is dict, hint
    return ("by name", form_of_type(arguments[1]))


def form_of_schema(schema: Schema, openapi: Schema) -> object:  # noqa: PLR0911 - one line for each kind
    """The same of a JSON schema."""
    if "$ref" in schema:
        return form_of_schema(openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]], openapi)
    if "anyOf" in schema:
        return one_of([form_of_schema(each, openapi) for each in schema["anyOf"]])
    if "enum" in schema or "const" in schema:
        return set(schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return [form_of_schema(schema.get("prefixItems", [schema.get("items", {})])[0], openapi)]
    if schema.get("type") == "object":
        if "properties" in schema:
            required = schema.get("required", [])
            of = {key: form_of_schema(each, openapi) for key, each in schema["properties"].items()}
            return {key: (key in required, form) for key, form in of.items()}
        inner = schema.get("additionalProperties")
        return ("by name", form_of_schema(inner, openapi) if isinstance(inner, dict) else "anything")
    return schema.get("type", "anything")


def one_of(forms: list[object]) -> object:
    """Forms of which one fits, in an order of their own."""
    distinct = sorted({repr(form): form for form in forms}.items())
    return distinct[0][1] if len(distinct) == 1 else ("one of", [form for _, form in distinct])


def without_null(form: object) -> object:
    match form:
        case ("one of", list() as forms):
            return one_of([each for each in forms if each != "null"])
        case _:
            return form


def arguments_of(name: str) -> dict[str, tuple[str, object]]:
    """Of each argument that a method takes what stands for it here, and its type."""
    hints = get_type_hints(DESCRIBED[name].describe)
    found: dict[str, tuple[str, object]] = {}
    for parameter in list(inspect.signature(DESCRIBED[name].describe).parameters.values())[1:]:
        hint = hints[parameter.name]
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            [fields] = get_args(hint)
            found |= {key: (f"the {key}", form_of_type(of)) for key, of in get_type_hints(fields).items()}
        else:
            found[parameter.name] = (f"the {parameter.name}", form_of_type(hint))
    return found


def request_of(name: str) -> Request[Any]:
    """What a method asks with every argument given."""
    described = DESCRIBED[name].describe(None, **{key: value for key, (value, _) in arguments_of(name).items()})
    assert isinstance(described, Request)
    return described


def operation_of(openapi: Schema, name: str) -> Schema:
    request = request_of(name)
    found: Schema = openapi["paths"][request.route][request.method.lower()]
    return found


def body_of(operation: Schema, openapi: Schema) -> list[Schema]:
    """Each form of the body that an operation takes."""
    if "requestBody" not in operation:
        return []
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(schema.get("anyOf", [schema]))


OF_THE_PAGE = ("/v1/session", "/v1/account", "/v1/catalogue", "/v1/movies/{movieId}/connections")
"""People's sessions and accounts, and what the page draws: programs have keys, and draw for themselves."""


def test_every_route_has_a_method_and_every_method_a_route(openapi: Schema) -> None:
    asked = {(request.method, request.route) for request in map(request_of, ASKED)}

    assert asked == {
        (method.upper(), path)
        for path, methods in openapi["paths"].items()
        if not path.startswith(OF_THE_PAGE)
        for method in methods
    }


def test_all_of_a_query_can_be_said_and_nothing_else(openapi: Schema) -> None:
    said: dict[Route, set[str]] = defaultdict(set)
    for request in map(request_of, ASKED):
        said[request.method, request.route] |= set(request.params)

    for (method, route), names in said.items():
        parameters = openapi["paths"][route][method.lower()].get("parameters", [])
        assert names == {each["name"] for each in parameters if each["in"] == "query"}, route


def test_all_of_a_body_can_be_said_and_nothing_else(openapi: Schema) -> None:
    said: dict[Route, set[str]] = defaultdict(set)
    for request in map(request_of, ASKED):
        said[request.method, request.route] |= set(request.json or ())

    for (method, route), names in said.items():
        bodies = body_of(openapi["paths"][route][method.lower()], openapi)
        described = {name for body in bodies for name in body["properties"]}
        assert names == described - {"idempotencyKey"}, route  # which goes as a header


@pytest.mark.parametrize("name", ASKED)
def test_what_is_said_has_the_types_of_the_document(openapi: Schema, name: str) -> None:
    operation, request = operation_of(openapi, name), request_of(name)
    documented = {each["name"]: each["schema"] for each in operation.get("parameters", [])}
    for body in body_of(operation, openapi):
        documented |= body["properties"]
    said = {**request.params, **(request.json or {})}
    named = {value: key for key, value in said.items() if isinstance(value, str)}

    types_of = {value: form for value, form in arguments_of(name).values() if value in named}
    for value, form in types_of.items():
        expected = form_of_schema(documented[named[value]], openapi)
        assert without_null(form) == without_null(expected), f"{name}: {named[value]}"


@pytest.mark.parametrize("name", ASKED)
def test_answers_have_the_types_of_the_document(openapi: Schema, name: str) -> None:
    [answer] = get_args(get_type_hints(DESCRIBED[name].describe)["return"])
    if answer is ClientsJobEvent:
        schema = JobEvent.model_json_schema(mode="serialization")
        assert form_of_type(answer) == form_of_schema(schema, {"components": {"schemas": schema["$defs"]}})
        return

    contents = [
        content.get("schema", {})
        for status, response in operation_of(openapi, name)["responses"].items()
        if status.startswith("2")
        for content in (response.get("content") or {"": {"schema": {"type": "null"}}}).values()
    ]
    assert contents
    for schema in contents:
        assert form_of_type(answer) == form_of_schema(schema, openapi)


@pytest.mark.parametrize("name", [name for name in ASKED if hasattr(DESCRIBED[name], "item")])
def test_pages_hold_what_they_say(name: str) -> None:
    [page] = get_args(get_type_hints(DESCRIBED[name].describe)["return"])
    hints = get_type_hints(page)

    assert get_args(hints["items"]) == (DESCRIBED[name].item,)
    assert {"next", "nextCursor"} & hints.keys()
    assert "cursor" in {**request_of(name).params, **(request_of(name).json or {})}
