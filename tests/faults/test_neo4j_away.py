"""Neo4j hangs, or is killed while it is written to: workers wait and go on, and nothing acknowledged is missing."""

import threading
import time
from collections.abc import Iterator
from typing import Self

import httpx
import numpy as np
import pytest

from shared.errors import UnavailableError
from shared.graph import open_graph
from shared.jobs import IngestRequest, JobKind, JobState
from shared.local.neo4j import Neo4jServer
from shared.models import get_version
from shared.schema import TAG
from tests.faults import audit
from tests.faults.client import Client
from tests.faults.contents import summarise
from tests.faults.marquee import Marquee
from tests.faults.plan import Plan
from tests.faults.reference import Reference, quick_training

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.parametrize("marquee", ["neo4j"], indirect=True),
]


@pytest.fixture(autouse=True)
def _with_a_model(marquee: Marquee, reference: Reference) -> None:
    """A model is served, whatever tests ran before."""
    ingest = marquee.await_end(marquee.ask(IngestRequest(source=str(reference.folder))))
    assert ingest.state is JobState.SUCCEEDED, ingest.error
    if httpx.get(f"{marquee.url}/readyz", trust_env=False).json()["model"] is None:
        training = marquee.await_end(marquee.ask(quick_training(0)))
        assert training.state is JobState.SUCCEEDED, training.error


class Writer:
    """Writes one node after the other, and notes each that the graph has acknowledged."""

    def __init__(self, marquee: Marquee) -> None:
        self._settings = marquee.settings
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self.acknowledged: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def _write(self) -> None:
        with open_graph(self._settings) as graph:
            number = 0
            while not self._stop.is_set():
                number += 1
                name = f"written {number}"
                try:
                    graph.put_nodes(TAG, {"name": np.array([name], object)})
                except UnavailableError:
                    continue
                self.acknowledged.append(name)

    def missing(self, marquee: Marquee) -> set[str]:
        return set(self.acknowledged) - set(marquee.graph.read_nodes(TAG).keys)


@pytest.fixture
def writer(marquee: Marquee) -> Iterator[Writer]:
    yield Writer(marquee)
    # The last before a kill may be written and not acknowledged; the reference has no tags.
    marquee.graph.delete_nodes(TAG, list(marquee.graph.read_nodes(TAG).keys))


def expect_away(marquee: Marquee) -> None:
    """The recommender answers, and says that it does from memory."""
    with httpx.Client(base_url=marquee.url, timeout=20, trust_env=False) as rest:
        marquee.until(lambda: rest.get("/readyz").json()["graph"] == "away", seconds=30, what="/readyz says so")
        answer = rest.get("/v1/users/simulated-0001/recommendations")
        assert answer.status_code == 200
        assert answer.headers["marquee-graph"].startswith("away")
        assert answer.json()["basis"] == "history"


def test_a_neo4j_that_is_killed_while_it_is_written_to_has_all_that_it_acknowledged(
    marquee: Marquee, own_neo4j: Neo4jServer, reference: Reference, writer: Writer
) -> None:
    with Client(marquee.url) as client, writer:
        client.wait_for_more(30, 30)
        training = marquee.ask(quick_training(1))
        marquee.until(lambda: marquee.count("wrote", training) > 5, seconds=180, what="vectors are written")
        own_neo4j.kill()
        expect_away(marquee)
        client.wait_for_more(30, 30)
        own_neo4j.start()
        ended = marquee.await_end(training, seconds=240)
        before = len(writer.acknowledged)
        marquee.until(lambda: len(writer.acknowledged) > before, seconds=180, what="the writer goes on")

    assert ended.state is JobState.SUCCEEDED, ended.error
    audit.check(list(marquee.saboteurs.notes(training.job_id)))
    assert writer.missing(marquee) == set()
    version = get_version(marquee.graph, str((ended.result or {})["version"]))
    assert version.checksum == reference.checksums[1]
    assert not client.refusals


def test_a_neo4j_that_hangs_is_waited_for(
    marquee: Marquee, own_neo4j: Neo4jServer, reference: Reference, kills: int
) -> None:
    marquee.saboteurs.leave(Plan(JobKind.INGEST, "ratings", 3, signal="SIGSTOP", whom="child"))
    job = marquee.ask(IngestRequest(source=str(reference.folder)))
    marquee.until(lambda: marquee.count("struck", job) == 1, seconds=180, what="the ingest is in its middle")
    with Client(marquee.url) as client:
        client.wait_for_more(30, 30)
        own_neo4j.pause()
        try:
            marquee.services["ingest-worker"].process.resume()
            expect_away(marquee)
            client.wait_for_more(30, 30)
            time.sleep(60 if kills else 2)
        finally:
            own_neo4j.resume()
        ended = marquee.await_end(job, seconds=240)

    assert ended.state is JobState.SUCCEEDED, ended.error
    audit.check(list(marquee.saboteurs.notes(job.job_id)))
    assert summarise(marquee.graph) == reference.contents
    assert not client.refusals
