"""Bodies that are too large are refused, announced or not. The limit here is 20,000 bytes."""

import json
from collections.abc import AsyncIterator

import httpx

TOO_LARGE = json.dumps({"likes": ["a"], "dislikes": ["x" * 100] * 200}).encode()


def test_a_body_within_the_limit_is_read(rest: httpx.Client) -> None:
    assert rest.post("/v1/recommendations", json={"likes": ["a"]}).status_code == 200


def test_a_body_that_says_that_it_is_too_large_is_refused(rest: httpx.Client) -> None:
    answer = rest.post("/v1/recommendations", content=TOO_LARGE, headers={"content-type": "application/json"})

    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:marquee:problem:too-large"
    assert "20,000 bytes" in answer.json()["detail"]


class Unannounced(httpx.AsyncByteStream, httpx.SyncByteStream):
    """A body in parts, whose length no header tells."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(TOO_LARGE), 4_096):
            yield TOO_LARGE[start : start + 4_096]


def test_a_body_that_turns_out_too_large_is_refused(rest: httpx.Client) -> None:
    request = httpx.Request(
        "POST",
        "http://test/v1/recommendations",
        headers={"content-type": "application/json", "transfer-encoding": "chunked"},
        stream=Unannounced(),
    )

    answer = rest.send(request)

    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:marquee:problem:too-large"
