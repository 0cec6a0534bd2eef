"""The compose file's commands and variables, as real processes: ratings in, a model out, asked through the proxy."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from shared.local.neo4j import RunningNeo4j
from tests.containers.compose import read_compose
from tests.containers.engine import Container, Engine
from tests.containers.images import Image
from tests.containers.load import CLIENTS, USERS, Load, wait_until
from tests.containers.names import Names, serving_names

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

QUICK_TRAINING: Final = {"width": 8, "temperature": 0.2, "epochs": 1}
REDIS_PASSWORD: Final = "made-up-and-safe-in-a-url"
ADMIN_KEY: Final = "made-up-and-with-more-than-32-characters"
BROKEN_OFF: Final = "peer closed connection without sending complete message body"
UNANSWERED: Final = "Server disconnected without sending a response"


@dataclass(frozen=True)
class Running:
    """What runs: containers by service, in the order that they were started in, and the proxy's address."""

    engine: Engine
    containers: Mapping[str, list[Container]]
    url: str

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, timeout=60, trust_env=False, headers={"authorization": f"Bearer {ADMIN_KEY}"}
        )


@pytest.fixture(scope="module")
def running(
    images: Mapping[str, Image], empty_neo4j: RunningNeo4j, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    secrets = {
        "NEO4J_PASSWORD": empty_neo4j.password,
        "REDIS_PASSWORD": REDIS_PASSWORD,
        "MARQUEE_ADMIN_KEY": ADMIN_KEY,
    }
    content = read_compose(secrets)
    names = Names()
    outside = {"neo4j": empty_neo4j.url.partition("://")[2]}
    with serving_names(names) as nameserver:
        folder = tmp_path_factory.mktemp("compose")
        engine = Engine(content, images, folder, outside=outside, nameserver=nameserver)
        try:
            redis = engine.make("redis", extra=["--bind", "{address}"])
            redis.start()
            redis.await_healthy()
            of_ours = {name: [engine.make(name)] for name in ("ingest", "trainer")}
            of_ours["recommender"] = [engine.make("recommender"), engine.make("recommender")]
            for container in [each for replicas in of_ours.values() for each in replicas]:
                container.start()
            names.addresses["recommender"] = [each.address for each in of_ours["recommender"]]
            for container in of_ours["recommender"]:
                container.await_healthy()
            proxy = engine.make("proxy")
            proxy.start()
            proxy.await_healthy()
            for address in (*names.addresses["recommender"], proxy.address):
                wait_until(lambda at=address: get(at, "/readyz").status_code == 200, seconds=60)
            yield Running(engine, {"redis": [redis], **of_ours, "proxy": [proxy]}, f"http://{proxy.address}:8000")
        finally:
            engine.stop()


def done(client: httpx.Client, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for a job, and for how it came out, as a person would: once more where a busy machine says 503."""
    asked = answered(lambda: client.post(f"/v1/jobs/{kind}", json=request))
    assert asked.status_code == 202, asked.text
    path = f"/v1/jobs/{asked.json()['jobId']}"
    wait_until(lambda: answered(lambda: client.get(path)).json()["state"] not in ("queued", "running"), seconds=240)
    job: dict[str, Any] = answered(lambda: client.get(path)).json()
    return job


def answered(ask: Callable[[], httpx.Response]) -> httpx.Response:
    deadline = time.monotonic() + 120
    while (answer := ask()).status_code == 503:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    return answer


@pytest.fixture(scope="module")
def version(running: Running) -> str:
    """The served version, after the whole loop has been driven through the proxy."""
    with running.client() as client:
        job = done(client, "ingest", {"source": "sample"})
        assert job["state"] == "succeeded", job
        job = done(client, "train", QUICK_TRAINING)
        assert job["state"] == "succeeded", job
    name: str = job["result"]["version"]
    for container in running.containers["recommender"]:
        wait_until(lambda at=container: served_by(at) == name, seconds=10)
    return name


def served_by(container: Container) -> str | None:
    """The version that a recommender serves, asked without the proxy."""
    model = get(container.address, "/readyz").json().get("model")
    return model["version"] if model else None


def get(address: str, path: str) -> httpx.Response:
    return httpx.get(f"http://{address}:8000{path}", trust_env=False, timeout=60)


def test_the_loop_runs_as_the_compose_file_says(running: Running, version: str) -> None:
    with running.client() as client:
        answer = client.get(f"/v1/users/{USERS[0]}/recommendations").raise_for_status().json()

    assert answer["model"]["version"] == version
    assert len(answer["items"]) == 20


def test_without_a_key_the_proxy_hands_on_that_one_is_needed(running: Running, version: str) -> None:
    assert version
    assert httpx.get(f"{running.url}/v1/movies", trust_env=False).status_code == 401


def test_every_container_is_healthy(running: Running, version: str) -> None:
    assert version
    unwell = {name for name, replicas in running.containers.items() if not all(each.is_healthy() for each in replicas)}

    assert unwell == set()


def test_a_worker_that_hangs_is_unhealthy(running: Running, version: str) -> None:
    assert version
    (ingest,) = running.containers["ingest"]
    heartbeat = ingest.folder / "heartbeat"

    ingest.process.pause()
    try:
        subprocess.run(["touch", "--date=-61 seconds", heartbeat], check=True)  # it would take the worker a minute
        was_healthy = ingest.is_healthy()
    finally:
        ingest.process.resume()

    assert not was_healthy
    wait_until(ingest.is_healthy, seconds=15)


def wrong(load: Load) -> list[str]:
    """What went wrong but by an answer that breaks off, or a connection that the proxy closes instead of answering."""
    return [failure for failure in load.failures if BROKEN_OFF not in failure and UNANSWERED not in failure]


@pytest.fixture
def right(running: Running, version: str) -> Mapping[str, Mapping[str, float]]:
    """Each user's best movies and their scores while the version is served."""
    assert version
    found = {}
    with running.client() as client:
        for user in USERS:
            answer = client.get(f"/v1/users/{user}/recommendations", params={"limit": 50}).raise_for_status().json()
            found[user] = {item["movieId"]: item["score"] for item in answer["items"]}
    return found


def start_again(container: Container, version: str) -> None:
    """As Docker does with what has ended."""
    container.start()
    container.await_healthy()
    wait_until(lambda: served_by(container) == version, seconds=20)


def test_while_recommenders_are_killed_answers_are_right_or_break_off_for_all_to_see(
    running: Running, version: str, right: Mapping[str, Mapping[str, float]]
) -> None:
    with Load(running.client, right) as load:
        for container in running.containers["recommender"]:  # after the second, the first must be back in use
            load.goes_on(200)
            container.process.popen.send_signal(signal.SIGKILL)
            load.goes_on(200)
            start_again(container, version)
            load.goes_on(200)

    # An answer that was on its way when its sender died can't be asked for again: its length tells that it broke off.
    assert wrong(load) == []
    assert len(load.failures) <= 2 * CLIENTS


def test_what_a_hung_recommender_held_is_asked_of_the_other_and_a_job_is_not_asked_for_twice(
    running: Running, version: str, right: Mapping[str, Mapping[str, float]]
) -> None:
    first, second = running.containers["recommender"]
    outcomes: list[httpx.Response] = []

    def ask_for_a_job() -> None:
        with running.client() as client:
            outcomes.append(client.post("/v1/jobs/ingest", json={"source": "sample", "minRating": 1.0}))

    with running.client() as client, Load(running.client, right) as load:
        before = client.get("/v1/jobs", params={"kind": "ingest"}).json()["items"]
        load.goes_on(50)
        first.process.pause()
        posts = [threading.Thread(target=ask_for_a_job) for _ in range(4)]
        for post in posts:
            post.start()
        wait_until(lambda: len(outcomes) >= 1, seconds=20)
        first.process.kill()
        for post in posts:
            post.join()
        load.goes_on(100)
        start_again(first, version)
        after = client.get("/v1/jobs", params={"kind": "ingest"}).json()["items"]

    accepted = [outcome for outcome in outcomes if outcome.status_code == 202]
    refused = [outcome for outcome in outcomes if outcome.status_code != 202]
    assert second.process.is_alive()
    assert len(after) - len(before) == len(accepted)
    assert {outcome.status_code for outcome in refused} <= {502, 503, 504}
    assert all(outcome.headers["content-type"] == "application/problem+json" for outcome in refused)
    assert wrong(load) == []
    assert len(load.failures) <= CLIENTS


def test_two_of_each_worker_share_a_queue_and_either_does_what_the_other_leaves(running: Running, version: str) -> None:
    assert version
    seconds = [running.engine.make(name) for name in ("ingest", "trainer")]
    for container in seconds:
        container.start()
    for container in seconds:
        container.await_healthy()
    for name in ("ingest", "trainer"):
        running.containers[name][0].process.kill()

    with running.client() as client:
        ingest = done(client, "ingest", {"source": "sample"})
        training = done(client, "train", QUICK_TRAINING)

    assert (ingest["state"], training["state"]) == ("succeeded", "succeeded"), (ingest, training)


def test_every_container_ends_within_its_grace_time(running: Running, version: str) -> None:
    assert version

    assert running.engine.stop() == []
