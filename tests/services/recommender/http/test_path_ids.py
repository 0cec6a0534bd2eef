"""Ids in paths are refused alike, wherever they stand."""

import httpx
import pytest

PATHS = [
    ("GET", "/v1/users/{}/recommendations", "userId"),
    ("GET", "/v1/movies/{}", "movieId"),
    ("GET", "/v1/movies/{}/similar", "movieId"),
    ("GET", "/v1/jobs/{}", "jobId"),
    ("POST", "/v1/jobs/{}/cancel", "jobId"),
    ("GET", "/v1/models/{}", "version"),
    ("POST", "/v1/models/{}/activate", "version"),
]


@pytest.mark.parametrize("id_", ["%00", "%0a", "a%0a", "%0aa", "a%00b", "x" * 129])
@pytest.mark.parametrize(("method", "path", "name"), PATHS)
def test_what_can_be_no_id_is_refused(rest: httpx.Client, method: str, path: str, name: str, id_: str) -> None:
    answer = rest.request(method, path.format(id_))

    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "urn:marquee:problem:invalid-request"
    assert answer.json()["detail"].startswith(name)


@pytest.mark.parametrize("path", ["/v1/users//recommendations", "/v1/movies/"])
def test_an_empty_id_is_refused(rest: httpx.Client, path: str) -> None:
    assert rest.get(path).status_code == 422
