"""SIGTERM: every process ends within its grace time, and leaves its work to go on elsewhere."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import IngestRequest, Job, JobState, TrainRequest
from shared.local.process import free_port
from shared.local.redis import RedisServer
from shared.local.server import Server
from shared.local.stack import service, settings_of
from shared.queue import make_celery, sender

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

GRACE_SECONDS = 20.0  # of 10 s in compose and Kubernetes; this machine may be busy with other tests


@pytest.fixture
def redis(new_redis: Callable[..., RedisServer]) -> Iterator[RedisServer]:
    with new_redis() as redis:
        yield redis


@pytest.fixture
def graph(sqlite_graph: Graph) -> Graph:
    return sqlite_graph


@pytest.fixture
def environment(tmp_path: Path, redis: RedisServer) -> dict[str, str]:
    return {
        "MARQUEE_GRAPH_URL": f"sqlite:{tmp_path / 'graph.db'}",
        "MARQUEE_REDIS_URL": redis.url,
        "MARQUEE_DATA_DIR": str(tmp_path / "data"),
        "MARQUEE_PORT": str(free_port()),
        "MARQUEE_THREADS": "1",
    }


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[[str], Server]]:
    """Starts a service, and does not wait for it."""
    servers: list[Server] = []

    def begin(name: str) -> Server:
        server = service(name, environment, logs=tmp_path / f"logs{len(servers)}")
        server.begin()
        servers.append(server)
        return server

    yield begin
    for server in servers:
        server.kill()


def end(server: Server) -> int:
    """Tell it to end; gives its status, or fails with what it said last."""
    server.ask_to_end()
    try:
        return server.process.popen.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        pytest.fail(f"{server.name} does not end:\n{server.process.tail()}")


def wait_for(graph: Graph, job: Job, is_so: Callable[[Job], bool], server: Server) -> Job:
    deadline = time.monotonic() + 120
    while not is_so(found := Jobs(graph).get(job.job_id)):
        assert server.process.is_alive(), server.process.tail()
        assert time.monotonic() < deadline, f"{found}\n{server.process.tail()}"
        time.sleep(0.05)
    return found


def test_a_long_training_is_left_to_another_worker_which_goes_on_at_once(
    graph: Graph, environment: dict[str, str], start: Callable[[str], Server]
) -> None:
    send = sender(make_celery(settings_of(environment)))
    ingest, _ = Jobs(graph).ask(IngestRequest(source="sample"), send)
    ingester = start("ingest-worker")
    wait_for(graph, ingest, lambda job: job.state is JobState.SUCCEEDED, ingester)
    assert end(ingester) == 0
    job, _ = Jobs(graph).ask(TrainRequest(width=16, temperature=0.2, epochs=1_000, linear_rank=0, processes=2), send)
    first = start("trainer-worker")
    wait_for(graph, job, lambda job: job.stage == "train" and job.stage_progress > 0.02, first)

    assert end(first) == 0

    left = Jobs(graph).get(job.job_id)
    assert (left.state, left.fence) == (JobState.RUNNING, 1)
    assert left.lease_until <= graph.now(), "its lease was not given back"
    second = start("trainer-worker")
    again = wait_for(graph, job, lambda job: job.fence == 2 and job.stage == "train", second)
    assert again.stage_progress >= 0.02, "it began anew"
    assert end(second) == 0


@pytest.mark.parametrize("name", ["ingest-worker", "trainer-worker", "recommender"])
def test_an_idle_service_ends(start: Callable[[str], Server], graph: Graph, name: str) -> None:
    assert graph
    server = start(name)
    server.await_ready()

    status = end(server)

    if name == "recommender":  # uvicorn ends in order, and then by the signal that it was sent
        assert "Application shutdown complete." in server.process.output()
        assert status == -signal.SIGTERM
    else:
        assert status == 0


def test_a_service_that_is_starting_ends(start: Callable[[str], Server], graph: Graph, kills: int) -> None:
    assert graph
    seed = int(os.environ.get("MARQUEE_FAULTS_SEED", "0"))
    moments = random.Random(seed)
    whole = start("ingest-worker")
    began = time.monotonic()
    whole.await_ready()
    start_seconds = time.monotonic() - began
    end(whole)

    for name in ("ingest-worker", "trainer-worker", "recommender"):
        for _ in range(max(2, kills // 10)):
            server = start(name)
            time.sleep(moments.uniform(0.3, 1.1) * start_seconds)

            end(server)


def test_a_worker_that_waits_for_its_redis_ends(
    start: Callable[[str], Server], graph: Graph, redis: RedisServer
) -> None:
    assert graph
    redis.stop()
    server = start("ingest-worker")
    server.process.wait_until(lambda: "Cannot connect" in server.process.output(), timeout_seconds=60)

    end(server)
