"""What docs/operations.md says about backups, done: fill, back up, wipe, restore, and the same answers."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from click.testing import CliRunner

from services.ingest.job import STAGES, ingest
from services.ingest.settings import IngestSettings
from shared.cli import main
from shared.graph import Graph, open_graph
from shared.graph.columns import objects
from shared.graph.sqlite import SqliteGraph
from shared.job_records import Jobs
from shared.jobs import IngestRequest, JobState
from shared.local.neo4j import Neo4jServer
from shared.local.process import free_port
from shared.local.stack import service, settings_of, url_of
from shared.models import RANKING, ServingParameters, UserForm, VersionState, parameters_json
from shared.schema import MODEL_VERSION, MOVIE, RATED, SERVES, USER, Slot
from shared.work import do_job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

USERS = [f"simulated-{number:04}" for number in (1, 2, 3, 50, 600)]
BATCH = 500


def fill(graph: Graph) -> None:
    """The built-in sample by an ingest job, and a version with vectors that chance draws."""
    graph.prepare()
    jobs = Jobs(graph)
    job, _ = jobs.ask(IngestRequest(source="sample"), lambda *_: None)
    do_job(graph, job.job_id, partial(ingest, IngestSettings()), stages=STAGES, lease_seconds=30)
    assert jobs.get(job.job_id).state is JobState.SUCCEEDED
    movies = graph.read_nodes(MOVIE).keys
    draw = np.random.default_rng(0)
    vectors = {name: draw.normal(size=(len(movies), 16)).astype(np.float32) for name in ("embedding", "inputEmbedding")}
    graph.write_slot(MOVIE, Slot.A, movies, {**vectors, "bias": np.zeros(len(movies), np.float32)})
    parameters = ServingParameters("test", UserForm.INDUCTIVE, 16, temperature=0.2, like_threshold=4.0)
    record = {"version": "v1", "state": VersionState.READY.value, "slot": "A", "createdAt": 1, "movies": len(movies)}
    described = {"parameters": parameters_json(parameters), "metrics": "{}", "report": '{"seed": 7}'}
    assert graph.create_record(MODEL_VERSION, {**record, **described})
    assert graph.move_pointer(SERVES, RANKING, expected=None, target="v1")


def answers(environment: Mapping[str, str], logs: Path) -> dict[str, Any]:
    """What a recommender on this graph says: recommendations, a report, the jobs."""
    environment = {**environment, "MARQUEE_PORT": str(free_port())}
    paths = [f"/v1/users/{user}/recommendations?limit=20" for user in USERS]
    paths += ["/v1/movies/star-wars-1977/similar", "/v1/models/v1", "/v1/jobs"]
    recommender = service("recommender", environment, logs=logs)
    recommender.begin()
    try:
        with httpx.Client(base_url=url_of(environment), trust_env=False, timeout=30) as rest:
            wait_until(lambda: serves(rest, "v1"))
            found = {path: answer(rest, path) for path in paths}
    finally:
        recommender.stop()
    assert found[paths[0]]["basis"] == "history"
    return found


def serves(rest: httpx.Client, version: str) -> bool:
    try:
        return bool(rest.get("/readyz").json().get("model") == {"version": version})
    except httpx.TransportError:  # it is just starting
        return False


def answer(rest: httpx.Client, path: str) -> dict[str, Any]:
    """The answer's JSON, once it does not say that the graph was too slow, as one that has just started may be."""
    tries: list[httpx.Response] = []

    def is_from_the_graph() -> bool:
        tries.append(rest.get(path))
        return tries[-1].status_code != 503 and tries[-1].json().get("history", "current") == "current"

    wait_until(is_from_the_graph)
    found: dict[str, Any] = tries[-1].raise_for_status().json()
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 240  # a server that has just started beside others is slow
    while not condition():
        assert time.monotonic() < deadline, "not within four minutes"
        time.sleep(0.05)


@contextmanager
def writing(graph: Graph) -> Iterator[Callable[[], int]]:
    """Ratings of other users and movies come in all the while, `BATCH` in a transaction; gives how many batches did."""
    movies, users = objects(["later"]), objects([f"later{n}" for n in range(BATCH)])
    graph.put_nodes(MOVIE, {"movieId": movies})
    graph.put_nodes(USER, {"userId": users})
    stop, done = threading.Event(), [0]

    def write() -> None:
        while not stop.is_set():
            name = f"later-{done[0]}"
            graph.put_nodes(MOVIE, {"movieId": objects([name])})
            graph.put_edges(RATED, users, objects([name] * BATCH), {"rating": np.full(BATCH, 3.0)})
            done[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield lambda: done[0]
    finally:
        stop.set()
        thread.join()


def test_an_sqlite_graph_is_copied_while_it_is_written_and_gives_the_same_answers_from_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, copy = tmp_path / "graph" / "marquee.db", tmp_path / "copies" / "monday.db"
    copy.parent.mkdir()
    environment = {"MARQUEE_GRAPH_URL": f"sqlite:{path}"}
    monkeypatch.setenv("MARQUEE_GRAPH_URL", environment["MARQUEE_GRAPH_URL"])
    with SqliteGraph(path, timeout_seconds=30) as graph:
        fill(graph)
        before = answers(environment, tmp_path)
        with writing(graph) as batches:
            wait_until(lambda: batches() >= 3)
            said = CliRunner().invoke(main, ["graph", "backup", str(copy)])
            at_the_end = batches()
        assert said.exit_code == 0, said.output

    shutil.rmtree(path.parent)
    path.parent.mkdir()
    shutil.copyfile(copy, path)

    assert answers(environment, tmp_path) == before
    with SqliteGraph(path, timeout_seconds=30) as restored:
        found = restored.check()
        later = restored.count_edges_by_target(RATED, restored.read_nodes(MOVIE))
    assert found.problems == ()
    assert 3 <= np.count_nonzero(later == BATCH) <= at_the_end + 1, "what was written before it is there, and whole"


def test_a_neo4j_is_dumped_and_loaded_into_a_new_server_and_gives_the_same_answers(
    tmp_path: Path, neo4j_cache: Path
) -> None:
    dumps = tmp_path / "dumps"
    dumps.mkdir()

    def server(name: str) -> Neo4jServer:
        home = tmp_path / name
        home.mkdir()
        return Neo4jServer(home, cache=neo4j_cache, preallocates_log=False, heap_megabytes=512, page_cache_megabytes=64)

    def environment_of(server: Neo4jServer) -> dict[str, str]:
        return {"MARQUEE_GRAPH_URL": server.address.url, "MARQUEE_GRAPH_PASSWORD": server.address.password}

    old = server("old")
    with old:
        with open_graph(settings_of(environment_of(old))) as graph:
            fill(graph)
            graph.index_slot(MOVIE, Slot.A, 16)
            graph.await_indexes()
        before = answers(environment_of(old), tmp_path)
    old.admin("database", "dump", "neo4j", f"--to-path={dumps}")
    shutil.rmtree(tmp_path / "old")

    new = server("new")
    new.admin("database", "load", "neo4j", f"--from-path={dumps}", "--overwrite-destination=true")
    with new:
        assert answers(environment_of(new), tmp_path) == before
        with open_graph(settings_of(environment_of(new))) as graph:
            assert graph.check().problems == ()
