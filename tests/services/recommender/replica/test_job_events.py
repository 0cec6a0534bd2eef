"""Streams of jobs' events from a real server: what comes, what does not, and how they end."""

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from services.recommender.http.protocol import bounded_protocol
from services.recommender.http.server import DrainingServer
from services.recommender.routes import job_events as routes
from services.recommender.settings import RecommenderSettings
from services.recommender.web import create_app
from shared.graph import Graph
from shared.graph.port import Record
from shared.graph.sqlite import SqliteGraph
from shared.job_records import Claim, Jobs
from shared.jobs import IngestRequest, Job, JobState, Sender
from shared.local.process import free_port
from shared.schema import NodeKind

pytestmark = pytest.mark.slow

WaitUntil = Callable[[Callable[[], bool]], None]
MOST_STREAMS = 3


@dataclass(slots=True)
class Client:
    """Reads a stream in a thread of its own."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    events: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    comments: int = 0
    has_ended: bool = False
    response: httpx.Response | None = None

    def run(self) -> None:
        with (
            contextlib.suppress(httpx.ReadError, httpx.RemoteProtocolError),
            httpx.stream(self.method, self.url, headers=self.headers, timeout=60) as response,
        ):
            self.response = response
            for line in response.iter_lines():
                name, _, value = line.partition(": ")
                if name == "data":
                    self.events.append(json.loads(value))
                elif name == "id":
                    self.ids.append(value)
                elif not name and value:
                    self.comments += 1
        self.has_ended = True

    @property
    def states(self) -> list[tuple[str, float]]:
        return [(event["state"], event["progress"]) for event in self.events]


@dataclass(frozen=True, slots=True)
class Site:
    """A recommender that listens, with its graph."""

    url: str
    graph: Graph
    server: DrainingServer
    thread: threading.Thread

    def follow(self, path: str, **more: Any) -> Client:  # noqa: ANN401 - as `Client` takes them
        client = Client(f"{self.url}{path}", **more)
        threading.Thread(target=client.run, daemon=True).start()
        return client


@contextlib.contextmanager
def listening(app: FastAPI, port: int = 0) -> Iterator[tuple[str, DrainingServer, threading.Thread]]:
    config = uvicorn.Config(app, http=bounded_protocol(5), ws="none", log_level="critical", timeout_graceful_shutdown=5)
    server = DrainingServer(config, app.state.context.is_ending, drain_seconds=0.5)
    with socket.create_server(("127.0.0.1", port)) as listener:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", server, thread
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def site(movies: Graph, send: Sender, wait_until: WaitUntil) -> Iterator[Site]:
    app = create_app(movies, send, RecommenderSettings(max_streams=MOST_STREAMS))
    with listening(app) as (url, server, thread):
        wait_until(lambda: httpx.get(f"{url}/readyz").status_code == 200)
        yield Site(url, movies, server, thread)


def ask(graph: Graph) -> Job:
    return Jobs(graph).ask(IngestRequest(source="sample"), lambda *_: None)[0]


def claim(graph: Graph, job: Job) -> Claim:
    claimed = Jobs(graph).claim(job.job_id, owner="w", lease_seconds=30)
    assert isinstance(claimed, Claim)
    return claimed


def test_a_job_is_followed_from_where_it_stands_to_its_end(site: Site, wait_until: WaitUntil) -> None:
    jobs, job = Jobs(site.graph), ask(site.graph)
    client = site.follow(f"/v1/jobs/{job.job_id}/events")
    wait_until(lambda: client.states == [("queued", 0)])

    claimed = claim(site.graph, job)
    jobs.update(claimed, {"stage": "read", "progress": 0.25, "secondsLeft": 3.0}, lease_seconds=30)
    wait_until(lambda: client.states[-1] == ("running", 0.25))
    jobs.finish(claimed, JobState.SUCCEEDED)
    wait_until(lambda: client.has_ended)

    assert client.states[-1] == ("succeeded", 1.0)
    assert [event["stage"] for event in client.events if event["progress"] == 0.25] == ["read"]
    assert client.events[0]["jobId"] == job.job_id
    assert len(set(client.ids)) == len(client.events) >= 3
    assert client.response is not None
    headers = client.response.headers
    assert (headers["content-type"].partition(";")[0], headers["cache-control"]) == ("text/event-stream", "no-store")


def test_who_comes_back_is_sent_what_is_new_and_told_to_stay_away_after_the_end(
    site: Site, wait_until: WaitUntil
) -> None:
    jobs, job = Jobs(site.graph), ask(site.graph)
    path = f"/v1/jobs/{job.job_id}/events"
    first = site.follow(path)
    wait_until(lambda: len(first.ids) == 1)

    again = site.follow(path, headers={"Last-Event-ID": first.ids[0]})
    wait_until(lambda: again.comments == 1)
    assert again.events == []
    jobs.finish(claim(site.graph, job), JobState.SUCCEEDED)
    wait_until(lambda: first.has_ended and again.has_ended)

    assert again.states[-1] == ("succeeded", 1.0)
    last = httpx.get(f"{site.url}{path}", headers={"Last-Event-ID": again.ids[-1]})
    assert (last.status_code, last.content) == (204, b"")
    assert [event["state"] for event in _all(site, path).events] == ["succeeded"]


def _all(site: Site, path: str) -> Client:
    client = Client(f"{site.url}{path}")
    client.run()
    return client


def test_all_jobs_are_followed_and_an_end_that_was_missed_is_told(site: Site, wait_until: WaitUntil) -> None:
    jobs = Jobs(site.graph)
    running, ended = ask(site.graph), ask(site.graph)
    claimed = claim(site.graph, running)
    jobs.cancel(ended.job_id)
    client = site.follow("/v1/jobs/events")
    wait_until(lambda: len(client.events) == 1)

    new = ask(site.graph)
    wait_until(lambda: client.events[-1]["jobId"] == new.job_id)
    jobs.finish(claimed, JobState.FAILED, error="The disk is full.")
    wait_until(lambda: client.events[-1]["state"] == "failed")
    fleeting = ask(site.graph)
    jobs.cancel(fleeting.job_id)  # between two looks
    wait_until(lambda: client.events[-1]["jobId"] == fleeting.job_id)

    assert client.events[-2]["error"] == "The disk is full."
    assert [event["state"] for event in client.events] == ["running", "queued", "failed", "cancelled"]
    jobs.cancel(new.job_id)
    missed = site.follow("/v1/jobs/events", headers={"Last-Event-ID": client.ids[-1]})
    wait_until(
        lambda: [event["jobId"] for event in missed.events if event["state"] == "cancelled"][-1:] == [new.job_id]
    )


def test_a_job_that_is_not_there_is_not_found(site: Site) -> None:
    answer = httpx.get(f"{site.url}/v1/jobs/nope/events")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_streams_are_bounded_and_one_that_is_left_makes_room(site: Site, wait_until: WaitUntil) -> None:
    with contextlib.ExitStack() as left:
        for _ in range(MOST_STREAMS):
            response = left.enter_context(httpx.stream("GET", f"{site.url}/v1/jobs/events", timeout=10))
            assert response.status_code == 200
        refused = httpx.get(f"{site.url}/v1/jobs/events")

        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert "3 streams of events are open already" in refused.json()["detail"]

    def is_free() -> bool:
        with httpx.stream("GET", f"{site.url}/v1/jobs/events", timeout=10) as response:
            return response.status_code == 200

    wait_until(is_free)


def test_head_is_answered_at_once_and_keeps_no_stream_open(site: Site) -> None:
    for _ in range(MOST_STREAMS + 1):
        answer = httpx.head(f"{site.url}/v1/jobs/events", timeout=5)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"].startswith("text/event-stream")
        time.sleep(0.05)


def test_silence_is_broken_by_a_comment(site: Site, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "_SILENCE_SECONDS", 0.1)
    client = site.follow("/v1/jobs/events")

    wait_until(lambda: client.comments >= 3)
    assert client.events == []


def test_streams_end_at_once_with_the_process(site: Site, wait_until: WaitUntil) -> None:
    job = ask(site.graph)
    clients = [site.follow("/v1/jobs/events"), site.follow(f"/v1/jobs/{job.job_id}/events")]
    wait_until(lambda: all(client.events for client in clients))

    told_at = time.monotonic()
    site.server.should_exit = True
    wait_until(lambda: all(client.has_ended for client in clients))
    assert time.monotonic() - told_at < 3
    site.thread.join(10)
    assert not site.thread.is_alive()


class Counting(SqliteGraph):
    """Counts what is looked up of jobs."""

    looks = 0

    def find_records(
        self, kind: NodeKind, where: Record | None = None, *, newest_by: str | None = None, limit: int = 1_000
    ) -> list[Record]:
        self.looks += kind.label == "Job"
        return super().find_records(kind, where, newest_by=newest_by, limit=limit)


def test_many_streams_cost_the_looks_of_one(tmp_path: Path, send: Sender, wait_until: WaitUntil) -> None:
    with Counting(tmp_path / "counting.db", timeout_seconds=5) as graph:
        graph.prepare()
        app = create_app(graph, send, RecommenderSettings())
        with listening(app) as (url, server, thread):
            wait_until(lambda: httpx.get(f"{url}/readyz").status_code == 200)
            site = Site(url, graph, server, thread)
            job = ask(graph)
            clients = [site.follow(f"/v1/jobs/{job.job_id}/events") for _ in range(20)]
            wait_until(lambda: all(client.events for client in clients))
            before, started = graph.looks, time.monotonic()
            time.sleep(2)
            looks, seconds = graph.looks - before, time.monotonic() - started

            Jobs(graph).cancel(job.job_id)
            wait_until(lambda: all(client.has_ended for client in clients))
            assert 1 <= looks <= seconds / 0.5 + 1
            time.sleep(1)
            silent = graph.looks
            time.sleep(1)
            assert graph.looks == silent


CONFIGURATION = """
defaults
    mode http
    timeout connect 2s
    timeout http-request 30s
    timeout client {client}
    timeout server {server}
frontend public
    bind 127.0.0.1:{port}
    default_backend recommenders
backend recommenders
    retries 3
    option redispatch 1
    retry-on conn-failure empty-response junk-response
    server one {address}
"""


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="there is no haproxy")
def test_a_stream_goes_through_the_proxy_as_it_comes_and_silence_does_not_break_it(
    site: Site, wait_until: WaitUntil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_SILENCE_SECONDS", 0.5)  # as 10 s to the proxy's 40 s
    port, file = free_port(), tmp_path / "haproxy.cfg"
    address = site.url.removeprefix("http://")
    file.write_text(CONFIGURATION.format(port=port, address=address, client="3s", server="2s"), encoding="utf-8")
    proxy = subprocess.Popen(["haproxy", "-db", "-f", str(file)], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(port))
        job = ask(site.graph)
        client = Client(f"http://127.0.0.1:{port}/v1/jobs/{job.job_id}/events")
        threading.Thread(target=client.run, daemon=True).start()
        wait_until(lambda: client.states == [("queued", 0)])
        time.sleep(4)  # longer than the proxy takes silence
        assert not client.has_ended
        Jobs(site.graph).cancel(job.job_id)
        wait_until(lambda: client.has_ended)
        assert client.states[-1][0] == "cancelled"
    finally:
        proxy.terminate()
        proxy.wait(10)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.TransportError:
        return False
