"""The examples of README and docs/api.md work as they stand, against a real recommender that listens."""

import contextlib
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import pytest

from services.recommender.settings import RecommenderSettings
from services.recommender.web import create_app
from shared.graph import Graph
from shared.job_records import Claim, Jobs
from shared.jobs import JobKind, JobState, TrainRequest
from shared.models import (
    RANKING,
    RATING,
    RatingParameters,
    ServingParameters,
    UserForm,
    VersionState,
    parameters_json,
)
from shared.schema import GENRE, IN_GENRE, MODEL_VERSION, MOVIE, MOVIE_RATING, RATED, SERVES, USER, Slot
from tests.services.recommender.conftest import strings
from tests.services.recommender.replica.test_job_events import listening
from tests.services.recommender.routes.test_predictions import WEIGHTS

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).parents[1]
ADDRESS: Final = "http://127.0.0.1:8000"
MOVIE_IDS: Final = ["1", "260", "356", "858", "1196", "1721"]
TITLES: Final = ["Toy Story", "Star Wars", "Forrest Gump", "The Godfather", "The Empire Strikes Back", "Titanic"]
GENRES: Final = ["Comedy", "Sci-Fi", "Comedy", "Drama", "Sci-Fi", "Drama"]
YEARS: Final = [1995, 1977, 1994, 1972, 1980, 1997]
RATINGS: Final = [("1", "260", 5.0), ("1", "1196", 4.5), ("2", "1", 4.0), ("2", "1721", 1.0), ("3", "858", 5.0)]
# Science fiction lies at (1, 0), drama at (0, 1), comedy between. So does who likes them: users 1, 3, and 2.
VECTORS: Final = np.array([[0.8, 0.6], [1, 0], [0.6, 0.8], [0, 1], [1, 0], [0, 1]], np.float32)
CURL: Final = """
set -u
curl() {
  case " $* " in
    *" --no-buffer "*) command curl --silent --max-time 2 "$@" | grep --quiet 'event: job' ;;
    *) command curl --silent --show-error --fail-with-body --max-time 30 "$@" ;;
  esac || { echo "FAILED: curl $*"; exit 1; }
  echo
}
"""


def write_graph(graph: Graph) -> None:
    movies = {"movieId": strings(MOVIE_IDS), "title": strings(TITLES), "year": np.array(YEARS)}
    graph.put_nodes(MOVIE, movies)
    graph.put_nodes(GENRE, {"name": strings(sorted(set(GENRES)))})
    graph.put_edges(IN_GENRE, strings(MOVIE_IDS), strings(GENRES), {})
    users, rated, ratings = zip(*RATINGS, strict=True)
    graph.put_nodes(USER, {"userId": strings(sorted(set(users)))})
    times = {"rating": np.array(ratings), "ratedAt": np.arange(len(ratings))}
    graph.put_edges(RATED, strings(list(users)), strings(list(rated)), times)
    graph.bump_revision()


def publish(graph: Graph, version: str, slot: Slot, pointer: str, parameters: str) -> None:
    record = {
        "version": version,
        "state": VersionState.READY.value,
        "slot": slot.value,
        "pointer": pointer,
        "parameters": parameters,
        "metrics": '{"ndcg_at_20": 0.5}' if pointer == RANKING else '{"rmse": 0.9}',
        "report": '{"seed": 7}',
        "createdAt": graph.now(),
        "movies": len(MOVIE_IDS),
        "users": 0,
        "width": 2,
    }
    assert graph.create_record(MODEL_VERSION, record)
    before = graph.read_pointer(SERVES, pointer)
    assert graph.move_pointer(SERVES, pointer, expected=before, target=version)


def publish_models(graph: Graph) -> None:
    """Two versions that rank, the second of which is served, and one that predicts stars."""
    ranks = ServingParameters("test", UserForm.INDUCTIVE, 2, temperature=0.5, like_threshold=4.0, dislike_weight=0.5)
    keys, bias = strings(MOVIE_IDS), np.zeros(len(MOVIE_IDS), np.float32)
    for version, slot in (("v1", Slot.A), ("v2", Slot.B)):
        graph.write_slot(MOVIE, slot, keys, {"embedding": VECTORS, "inputEmbedding": VECTORS, "bias": bias})
        graph.write_slot(USER, slot, strings(["1", "2", "3"]), {"embedding": VECTORS[[1, 0, 3]]})
        publish(graph, version, slot, RANKING, parameters_json(ranks))
    graph.write_slot(MOVIE_RATING, Slot.A, keys, {"ratingInput": VECTORS, "ratingOutput": VECTORS})
    stars = RatingParameters("gc-mc", UserForm.INDUCTIVE, 2, 4.0, WEIGHTS.as_json())
    publish(graph, "r1", Slot.A, RATING, parameters_json(stars))


class Worker:
    """Does each job that is asked for, in a thread of its own, to its first stage and then, once it may, to its end."""

    def __init__(self, graph: Graph) -> None:
        self.may_end = threading.Event()
        self._jobs = Jobs(graph)
        self._threads: list[threading.Thread] = []

    def send(self, _: JobKind, job_id: str) -> None:
        thread = threading.Thread(target=self._do, args=[job_id])
        thread.start()
        self._threads.append(thread)

    def _do(self, job_id: str) -> None:
        claim = self._jobs.claim(job_id, owner="w", lease_seconds=30)
        if isinstance(claim, Claim):
            self._jobs.update(claim, {"stage": "read", "progress": 0.25}, lease_seconds=30)
            self.may_end.wait(30)
            self._jobs.finish(claim, JobState.SUCCEEDED)

    def end(self) -> None:
        self.may_end.set()
        for thread in self._threads:
            thread.join()


@dataclass(frozen=True, slots=True)
class Site:
    """A recommender that listens, the worker of its jobs, and the id of a cancelled one."""

    url: str
    worker: Worker
    job_id: str

    def read(self, name: str, kind: str) -> list[str]:
        """The blocks of code of a document, made to speak to this recommender."""
        text = (ROOT / name).read_text(encoding="utf-8").replace(ADDRESS, self.url)
        text = text.replace("/JOB/", f"/{self.job_id}/").replace("VERSION/compare/OTHER", "v1/compare/v2")
        return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def site(sqlite_graph: Graph) -> Iterator[Site]:
    write_graph(sqlite_graph)
    publish_models(sqlite_graph)
    worker = Worker(sqlite_graph)
    job, _ = Jobs(sqlite_graph).ask(TrainRequest(seed=5), lambda *_: None)
    Jobs(sqlite_graph).cancel(job.job_id)
    app = create_app(sqlite_graph, worker.send, RecommenderSettings(watch_interval_seconds=0.05))
    with listening(app) as (url, _, _), contextlib.closing(httpx.Client(base_url=url)) as rest:
        deadline = time.monotonic() + 30
        while (ready := rest.get("/readyz")).status_code != 200 or not ready.json()["ratingModel"]:
            assert time.monotonic() < deadline, ready.text
            time.sleep(0.05)
        yield Site(url, worker, job.job_id)
        worker.end()


def run_by_curl(blocks: list[str]) -> None:
    commands = "".join(block for block in blocks if "curl" in block)
    assert commands.count("curl ") > 1
    done = subprocess.run(["bash", "-c", CURL + commands], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_the_commands_of_the_readme_work(site: Site) -> None:
    run_by_curl(site.read("README.md", "console"))


def test_the_commands_of_the_tour_work(site: Site) -> None:
    run_by_curl(site.read("docs/api.md", "console"))


def test_the_client_does_what_the_tour_says(site: Site) -> None:
    said: list[str] = []

    def tell(*values: object) -> None:
        said.append(" ".join(map(str, values)))
        if "read" in values:  # the tour has seen the job in its stage, however seldom it looks
            site.worker.may_end.set()

    names: dict[str, Any] = {"print": tell}
    with contextlib.ExitStack() as clients:
        for block in site.read("docs/api.md", "python"):
            exec(compile(block, "docs/api.md", "exec"), names)  # noqa: S102 - our own document
        for name in ("client", "patient", "shop"):
            clients.enter_context(names[name])

    assert [movie["movieId"] for movie in names["answer"]["items"]] == ["1", "356"]
    assert [movie["movieId"] for movie in names["comedies"]["items"]] == ["1"]
    assert (names["visitor"]["basis"], names["night"]["basis"]) == ("picks", "group")
    assert [movie["movieId"] for movie in names["alike"]["items"]] == ["1196", "1", "356"]
    assert names["found"]["movieId"] == "858"
    assert names["titles"] == ["Toy Story", "Forrest Gump", "Titanic", "The Godfather"]
    assert (names["user_ids"], names["movie_ids"]) == (["1", "2", "3"], sorted(MOVIE_IDS))
    assert [(rating["movieId"], rating["rating"]) for rating in names["ratings"]] == [("1196", 4.5), ("260", 5.0)]
    assert names["known"]["user"]["age"] == 34
    assert names["done"]["state"] == names["event"]["state"] == "succeeded"
    assert sorted(names["shown"]) == ["1", "1721", "858"]  # what they rated since is left out
    told = "\n".join(said)
    assert "{'version': 'v2'}" in told
    assert "no-such-film" in told
    assert "Did you mean `genre`?" in told
    assert "running read 0.25" in told
