"""HEAD is answered as GET is, without the body."""

import httpx
import pytest


@pytest.mark.parametrize(
    "path", ["/healthz", "/docs", "/openapi.json", "/", "/v1/movies", "/v1/movies/a", "/v1/users/u/recommendations"]
)
def test_head_brings_the_headers_of_get_and_no_body(rest: httpx.Client, path: str) -> None:
    asked = {"X-Request-Id": "the-same"}
    head, get = rest.head(path, headers=asked), rest.get(path, headers=asked)

    assert (head.status_code, head.content) == (get.status_code, b"")
    assert dict(head.headers) == dict(get.headers)


def test_readiness_answers_head(rest: httpx.Client) -> None:
    assert rest.head("/readyz").status_code == 200


def test_errors_have_no_body_either(rest: httpx.Client) -> None:
    answer = rest.head("/v1/movies/nope")

    assert (answer.status_code, answer.content) == (404, b"")


def test_where_get_is_not_head_is_not_either(rest: httpx.Client) -> None:
    assert rest.head("/v1/recommendations").status_code == 405
