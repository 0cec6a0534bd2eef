"""What another site's page asks for changes nothing. The host is `test` here."""

import httpx
import pytest

FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site", "origin": "http://other.test"},
    {"origin": "http://elsewhere"},
    {"origin": "http://test:81"},
    {"origin": "null"},
]
OWN = [{}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {"origin": "http://test"}]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_job_is_not_cancelled_for_another_site(rest: httpx.Client, headers: dict[str, str]) -> None:
    job_id = rest.post("/v1/jobs/train", json={}).json()["jobId"]

    answer = rest.post(f"/v1/jobs/{job_id}/cancel", headers=headers)

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:marquee:problem:cross-site"
    assert rest.get(f"/v1/jobs/{job_id}").json()["state"] == "queued"


@pytest.mark.parametrize("headers", OWN)
def test_programs_and_pages_of_its_own_may(rest: httpx.Client, headers: dict[str, str]) -> None:
    assert rest.post("/v1/models/v1/activate", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN)
def test_reading_is_not_refused(rest: httpx.Client, headers: dict[str, str]) -> None:
    assert rest.get("/v1/movies", headers=headers).status_code == 200
