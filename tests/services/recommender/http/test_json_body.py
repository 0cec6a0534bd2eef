"""Bodies that are no JSON, or do not say that they are."""

import httpx
import pytest

PATHS = ["/v1/recommendations", "/v1/jobs/ingest", "/v1/jobs/train"]
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", [{}, {"content-type": FORM}, {"content-type": "text/json"}])
def test_a_body_that_is_not_said_to_be_json_is_refused(rest: httpx.Client, path: str, headers: dict[str, str]) -> None:
    answer = rest.post(path, content=b"{}", headers=headers)

    assert answer.status_code == 415
    assert answer.json()["type"] == "urn:marquee:problem:not-json"
    assert "`content-type: application/json`" in answer.json()["detail"]


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "application/merge-patch+json"])
def test_any_kind_of_json_is_read(rest: httpx.Client, media_type: str) -> None:
    assert rest.post("/v1/recommendations", content=b"{}", headers={"content-type": media_type}).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body", [b'{"likes":["\xff"]}', b"[" * 10_000, b'{"limit":' + b"1" * 5_000 + b"}", b'{"likes":', b"{]"]
)
def test_a_body_that_is_no_json_is_malformed(rest: httpx.Client, path: str, body: bytes) -> None:
    answer = rest.post(path, content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:marquee:problem:malformed-body"
    assert "JSON" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"{]", "double quotes at character 1."),
        (b'{"likes": ["star', "Unterminated string starting at character 11."),
    ],
)
def test_a_fault_is_told_with_its_place(rest: httpx.Client, body: bytes, fault: str) -> None:
    answer = rest.post("/v1/recommendations", content=body, headers={"content-type": "application/json"})

    assert answer.json()["detail"].endswith(fault)
