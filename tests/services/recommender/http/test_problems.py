"""Every error is answered by problem details, whoever raised it."""

import asyncio
import logging

import httpx
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from services.recommender.http import problems
from services.recommender.replica.pulse import Pulse
from shared.errors import CancelledError, ConflictError, InvalidInputError, NotFoundError, UnavailableError

ERRORS: dict[str, Exception] = {
    "invalid": InvalidInputError("bad"),
    "missing": NotFoundError("bad"),
    "conflict": ConflictError("bad"),
    "away": UnavailableError("bad"),
    "other": CancelledError("bad"),
    "teapot": HTTPException(418, "bad"),
}


@pytest.fixture
def app() -> FastAPI:
    made = FastAPI()
    problems.install(made, Pulse(lambda: None, interval_seconds=1, away_after_seconds=100))

    @made.get("/raise/{name}")
    async def fail(name: str) -> None:
        raise ERRORS[name]

    @made.get("/divide")
    def divide(by: int) -> float:
        return 1 / by

    return made


def get(app: FastAPI, path: str, method: str = "GET") -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/raise/invalid", 422, "invalid-request"),
        ("/raise/missing", 404, "not-found"),
        ("/raise/conflict", 409, "conflict"),
        ("/raise/away", 503, "unavailable"),
        ("/raise/other", 500, "fault"),
        ("/raise/teapot", 418, "418"),
        ("/divide?by=none", 422, "invalid-request"),
        ("/divide?by=0", 500, "fault"),
        ("/nowhere", 404, "not-found"),
    ],
)
def test_an_error_is_answered_by_its_kind_of_problem(app: FastAPI, path: str, status: int, kind: str) -> None:
    answer = get(app, path)

    body = answer.json()
    assert (answer.status_code, body["status"]) == (status, status)
    assert body["type"] == f"urn:marquee:problem:{kind}"
    assert body["instance"] == path.partition("?")[0]
    assert body["title"]
    assert body["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_raised_on_purpose_is_told(app: FastAPI) -> None:
    assert get(app, "/raise/missing").json()["detail"] == "bad"


def test_a_fault_is_logged_and_not_told(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    answer = get(app, "/divide?by=0")

    assert "division" not in answer.text
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert logged[0].exc_info
    assert logged[0].exc_info[0] is ZeroDivisionError


def test_a_method_that_is_not_there_is_told_with_those_that_are(app: FastAPI) -> None:
    answer = get(app, "/divide", "PUT")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert "PUT" in answer.json()["detail"]


def test_a_wrong_method_is_told_all_methods_of_the_path(rest: httpx.Client) -> None:
    allowed = {path: rest.request("PATCH", path).headers["allow"] for path in ("/v1/keys", "/docs", "/openapi.json")}

    assert allowed == {"/v1/keys": "GET, HEAD, POST", "/docs": "GET, HEAD", "/openapi.json": "GET, HEAD"}
    assert rest.post("/docs/files/swagger-ui.css").headers["allow"] == "GET, HEAD"


def test_only_what_may_work_later_says_when(app: FastAPI) -> None:
    assert get(app, "/raise/away").headers["retry-after"] == "1"
    assert "retry-after" not in get(app, "/raise/missing").headers
