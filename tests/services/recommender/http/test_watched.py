"""What is counted of requests, and the ids that they get."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import httpx
import pytest
from fastapi import FastAPI

from services.recommender.http.metrics import make_page
from services.recommender.http.watched import Requests
from services.recommender.settings import RecommenderSettings
from services.recommender.web import create_app
from shared.graph import Graph
from shared.jobs import Sender

ClientOf = Callable[[FastAPI], AbstractContextManager[httpx.Client]]


@pytest.fixture
def app(movies: Graph, send: Sender, settings: RecommenderSettings) -> FastAPI:
    app = create_app(movies, send, settings)

    async def fail() -> None:
        raise RuntimeError("on purpose")

    app.add_api_route("/fails", fail)
    return app


def counted(app: FastAPI) -> dict[tuple[str, str], dict[str, int]]:
    requests: Requests = app.state.requests
    return {
        key: {f"{first}xx": count for first, count in enumerate(figures.by_class) if count}
        for key, figures in requests.of.items()
    }


def test_requests_are_counted_by_template_and_class(app: FastAPI, client_of: ClientOf) -> None:
    with client_of(app) as rest:
        for path in ("/v1/jobs/a", "/v1/jobs/b", "/nowhere/one", "/nowhere/two", "/healthz", "/fails"):
            rest.get(path)
        rest.head("/healthz")
        rest.request("BREW", "/healthz")
        rest.post("/v1/jobs/train", content=b"x" * 30_000, headers={"Content-Type": "application/json"})

        assert counted(app) == {
            ("/v1/jobs/{jobId}", "GET"): {"4xx": 2},
            ("none", "GET"): {"4xx": 2},
            ("/healthz", "GET"): {"2xx": 2},
            ("/healthz", "other"): {"4xx": 1},
            ("/fails", "GET"): {"5xx": 1},
            ("none", "POST"): {"4xx": 1},
        }
        assert app.state.requests.in_flight == 0


def test_the_page_holds_them(app: FastAPI, client_of: ClientOf) -> None:
    with client_of(app) as rest:
        rest.get("/healthz")
        while app.state.context.watch.pulse.silent_seconds is None:
            time.sleep(0.01)
        page = make_page(app.state.context, app.state.requests)().decode()

    assert 'marquee_requests_total{method="GET",route="/healthz",status="2xx"} 1.0' in page
    assert 'marquee_request_seconds_bucket{le="+Inf",method="GET",route="/healthz"} 1.0' in page
    assert 'marquee_jobs_waiting{kind="train"} 0.0' in page
    assert "process_open_fds" in page


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/fails"])
def test_an_answer_has_the_id_of_its_request(app: FastAPI, client_of: ClientOf, path: str) -> None:
    with client_of(app) as rest:
        assert rest.get(path, headers={"X-Request-Id": "mine-1"}).headers.get_list("X-Request-Id") == ["mine-1"]
        made = {rest.get(path, headers={"X-Request-Id": "not mine"}).headers["X-Request-Id"] for _ in range(3)}

    assert len(made) == 3
    assert "not mine" not in made


def test_a_job_has_the_id_of_the_request_that_asked_for_it(app: FastAPI, client_of: ClientOf) -> None:
    with client_of(app) as rest:
        while not rest.get("/readyz").is_success:
            time.sleep(0.01)
        job = rest.post("/v1/jobs/ingest", json={"source": "sample"}, headers={"X-Request-Id": "mine-2"}).json()

        assert job["requestId"] == "mine-2"
        assert rest.get(f"/v1/jobs/{job['jobId']}").json()["requestId"] == "mine-2"
