"""Ratings in, a training job, embeddings in the graph, recommendations out: real processes, queue and stores."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from shared.graph import open_graph
from shared.job_records import Jobs
from shared.jobs import Job, JobState
from shared.local.neo4j import RunningNeo4j
from shared.local.stack import Stack, running_stack
from shared.models import get_version
from shared.schema import MOVIE, RATED, USER

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

QUICK_TRAINING = {"width": 32, "temperature": 0.2, "epochs": 8, "linearRank": 0, "baselines": ["ease"]}


@pytest.fixture(scope="module", params=["sqlite", "neo4j"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, datasets: Path) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp(f"loop-{request.param}")
    request.getfixturevalue("redis_server")  # skips where there is no Redis
    environment = {
        "MARQUEE_DATA_DIR": str(folder / "data"),
        "MARQUEE_INGEST_ROOTS": str(datasets),
        "MARQUEE_JOB_LEASE_SECONDS": "5",
    }
    if request.param == "sqlite":
        environment["MARQUEE_GRAPH_URL"] = f"sqlite:{folder / 'marquee.db'}"
    else:
        neo4j: RunningNeo4j = request.getfixturevalue("empty_neo4j")
        environment |= {
            "MARQUEE_GRAPH_URL": neo4j.url,
            "MARQUEE_GRAPH_USER": neo4j.user,
            "MARQUEE_GRAPH_PASSWORD": neo4j.password,
        }
    with running_stack(environment, logs=folder / "logs") as stack:
        yield stack
    assert all(not process.is_alive() for process in stack.processes)


@pytest.fixture(scope="module")
def rest(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url, timeout=30) as client:
        yield client


def marquee(stack: Stack, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shared.cli", *words],
        env={**os.environ, **stack.environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def job_of(answer: httpx.Response) -> str:
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["jobId"]
    return job_id


def ended(rest: httpx.Client, stack: Stack, job_id: str) -> Job:
    """The job as the graph knows it at its end; REST shows it on its way."""
    done = marquee(stack, "jobs", "show", job_id, "--wait")
    with open_graph(stack.settings()) as graph:
        job = Jobs(graph).get(job_id)
    shown = rest.get(f"/v1/jobs/{job_id}").json()
    assert shown["state"] == job.state, done.stderr
    return job


@pytest.fixture(scope="module")
def ingested(stack: Stack, rest: httpx.Client, datasets: Path) -> Mapping[str, Any]:
    job_id = job_of(rest.post("/v1/jobs/ingest", json={"source": str(datasets / "ml-latest-small")}))
    job = ended(rest, stack, job_id)
    assert job.state is JobState.SUCCEEDED, job.error
    assert job.result is not None
    return job.result


@pytest.fixture(scope="module")
def version(stack: Stack, rest: httpx.Client, ingested: Mapping[str, Any]) -> str:
    assert ingested
    job = ended(rest, stack, job_of(rest.post("/v1/jobs/train", json=QUICK_TRAINING)))
    assert job.state is JobState.SUCCEEDED, job.error
    assert job.result is not None
    name: str = job.result["version"]
    wait_until_served(rest, name)
    return name


def wait_until_served(rest: httpx.Client, version: str) -> None:
    """A version is picked up within a second of its publication; the test grants three on a busy machine."""
    deadline = time.monotonic() + 3
    while (rest.get("/readyz").json()["model"] or {}).get("version") != version:
        assert time.monotonic() < deadline, f"{version} was not picked up"
        time.sleep(0.05)


def test_every_movie_user_and_rating_is_in_the_graph(stack: Stack, ingested: Mapping[str, Any]) -> None:
    assert ingested["source"].endswith("ml-latest-small")
    with open_graph(stack.settings()) as graph:
        check = graph.check()

    assert check.problems == ()
    assert (check.nodes[MOVIE.label], check.nodes[USER.label], check.edges[RATED.type]) == (9_742, 610, 100_836)


def test_a_user_is_recommended_movies_they_have_not_rated(stack: Stack, rest: httpx.Client, version: str) -> None:
    with open_graph(stack.settings()) as graph:
        history = graph.edges_from(RATED, "1")
    assert history is not None
    rated = set(history[0])

    answer = rest.get("/v1/users/1/recommendations", params={"limit": 50}).raise_for_status().json()

    recommended = [item["movieId"] for item in answer["items"]]
    assert len(set(recommended)) == 50
    assert not rated & set(recommended)
    assert answer["model"]["version"] == version
    assert answer["basis"] == "history"
    scores = [item["score"] for item in answer["items"]]
    assert scores == sorted(scores, reverse=True)


def test_picks_of_someone_unknown_bring_their_like(rest: httpx.Client, version: str) -> None:
    star_wars, empire, jedi = "260", "1196", "1210"

    answer = (
        rest.post("/v1/recommendations", json={"likes": [star_wars, empire], "limit": 10}).raise_for_status().json()
    )

    recommended = [item["movieId"] for item in answer["items"]]
    assert jedi in recommended
    assert star_wars not in recommended
    assert answer["model"]["version"] == version


def test_a_user_nobody_knows_gets_popular_movies_and_is_told_so(rest: httpx.Client, version: str) -> None:
    answer = rest.get("/v1/users/nobody/recommendations").raise_for_status().json()

    assert version
    assert answer["basis"] == "popular"
    assert len(answer["items"]) == 20


def test_the_report_shows_the_model_beside_its_baselines(rest: httpx.Client, version: str) -> None:
    report = rest.get(f"/v1/models/{version}").raise_for_status().json()["report"]

    assert report["metrics"]["ndcg_at_20"] > report["baselines"]["popularity"]["ndcg_at_20"]
    assert report["baselines"]["ease"]["ndcg_at_20"] > 0


def test_the_report_is_a_page_as_well_with_a_map_of_well_known_movies(rest: httpx.Client, version: str) -> None:
    page = rest.get(f"/v1/models/{version}/report.html").raise_for_status()

    assert page.headers["content-type"].startswith("text/html")
    assert page.text.count("<svg") >= 2
    assert "The Shawshank Redemption" in page.text, "the most liked movie always has its title"
    assert len(page.content) < 1_000_000


def test_vectors_are_node_properties_in_one_of_two_slots(stack: Stack, version: str) -> None:
    with open_graph(stack.settings()) as graph:
        served = get_version(graph, version)
        assert served.slot is not None
        movies, users = graph.read_slot(MOVIE, served.slot), graph.read_slot(USER, served.slot)

    assert len(movies.keys) == served.movies == 9_742
    assert len(users.keys) == served.users
    assert movies.columns["embedding"].shape[1] == users.columns["embedding"].shape[1] == 32


def test_asking_twice_for_a_training_while_one_waits_gives_one_job(
    stack: Stack, rest: httpx.Client, version: str
) -> None:
    running = job_of(rest.post("/v1/jobs/train", json={**QUICK_TRAINING, "epochs": 1_000}))
    assert version
    while rest.get(f"/v1/jobs/{running}").json()["state"] == "queued":
        time.sleep(0.05)
    waiting = job_of(rest.post("/v1/jobs/train", json=QUICK_TRAINING))

    again = rest.post("/v1/jobs/train", json=QUICK_TRAINING)

    assert (again.status_code, again.json()["jobId"]) == (200, waiting)
    assert waiting != running
    assert rest.post(f"/v1/jobs/{waiting}/cancel").json()["state"] == "cancelled"
    rest.post(f"/v1/jobs/{running}/cancel").raise_for_status()
    assert ended(rest, stack, running).state is JobState.CANCELLED
    assert rest.get("/readyz").json()["model"]["version"] == version


def test_an_older_version_is_activated_and_served(stack: Stack, rest: httpx.Client, version: str) -> None:
    quick = ["--width", "32", "--temperature", "0.2", "--epochs", "9", "--linear-rank", "0", "--baseline", "ease"]
    done = marquee(stack, "train", *quick, "--seed", "1", "--wait")
    newer = rest.get("/v1/models").json()["items"][0]
    assert newer["version"] != version
    assert newer["state"] == ("ready" if done.returncode == 0 else "rejected"), done.stdout
    if done.returncode == 0:
        rest.post(f"/v1/models/{version}/activate").raise_for_status()

    wait_until_served(rest, version)
    assert rest.get("/v1/users/1/recommendations").json()["model"]["version"] == version


def test_a_source_that_is_not_there_fails_and_says_so(stack: Stack, rest: httpx.Client, datasets: Path) -> None:
    job = ended(rest, stack, job_of(rest.post("/v1/jobs/ingest", json={"source": str(datasets / "nothing")})))

    assert job.state is JobState.FAILED
    assert "nothing" in (job.error or "")


def test_the_command_line_lists_jobs_and_checks_the_graph(stack: Stack, version: str) -> None:
    listed = marquee(stack, "jobs", "--kind", "train")
    checked = marquee(stack, "graph", "check")

    assert version
    assert "succeeded" in listed.stdout
    assert checked.returncode == 0, checked.stdout
    assert "100,836" in checked.stdout


def test_no_service_holds_what_is_not_its_own(stack: Stack, version: str) -> None:
    """The recommender's process maps neither torch's nor dgl's libraries."""
    assert version
    recommender = next(process for process in stack.processes if process.name == "recommender")
    maps = Path(f"/proc/{recommender.popen.pid}/maps").read_text(encoding="utf-8")

    assert "libtorch" not in maps
    assert "libdgl" not in maps


def test_redis_may_lose_everything_and_no_job_is_forgotten(stack: Stack, rest: httpx.Client, version: str) -> None:
    assert version
    before = rest.get("/v1/jobs").json()["items"]
    with redis.Redis.from_url(stack.environment["MARQUEE_REDIS_URL"]) as client:
        client.flushall()

    assert rest.get("/v1/jobs").json()["items"] == before
    assert json.dumps(before).count("succeeded") >= 2
