"""While the graph is away answers come from memory and say so, and what only the graph knows is refused at once."""

import contextlib
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.recommender.settings import RecommenderSettings
from shared.schema import Slot

UntilServed = Callable[[httpx.Client, str | None], None]
WaitUntil = Callable[[Callable[[], bool]], None]

AWAY_AFTER_SECONDS = 0.5
# The readers' marks of SQLite's write-ahead log: who holds them all keeps every reader waiting, for 10 s.
HOLD_READERS = """
import fcntl, sys
with open(sys.argv[1], "r+b") as index:
    fcntl.lockf(index, fcntl.LOCK_EX, 8, 120)
    print("held", flush=True)
    sys.stdin.read()
"""
FROM_MEMORY = ("/v1/users/u/recommendations", "/v1/movies/a/similar", "/v1/movies?q=ali", "/v1/movies/a", "/healthz")
FROM_THE_GRAPH = ("/v1/jobs", "/v1/jobs/9f1c2a7be0d4", "/v1/models", "/v1/models/v1")


@pytest.fixture
def settings() -> RecommenderSettings:
    return RecommenderSettings(
        watch_interval_seconds=0.05,
        graph_away_after_seconds=AWAY_AFTER_SECONDS,
        history_ttl_seconds=0,
        history_wait_seconds=0.5,
        graph_wait_seconds=0.5,
    )


def is_away(rest: httpx.Client) -> bool:
    return bool(rest.get("/readyz").json()["graph"] == "away")


def recommended(rest: httpx.Client, user_id: str) -> dict[str, Any]:
    answer = rest.get(f"/v1/users/{user_id}/recommendations").raise_for_status()
    body: dict[str, Any] = answer.json()
    return body


def check_that_answers_come_from_memory(rest: httpx.Client, before: dict[str, Any]) -> None:
    """`before` is what was recommended to user `u`; nobody has asked for user `z` yet."""
    started = time.monotonic()
    answers = {path: rest.get(path) for path in FROM_MEMORY}
    answers["picks"] = rest.post("/v1/recommendations", json={"likes": ["a"]})
    ready = rest.get("/readyz")

    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert answers[FROM_MEMORY[0]].json() == {**before, "history": "remembered"}
    assert answers["picks"].json()["items"] == before["items"]
    assert (ready.status_code, ready.json()["graph"]) == (200, "away")
    assert ready.json()["graphSeenSecondsAgo"] > AWAY_AFTER_SECONDS
    unread = recommended(rest, "z")
    assert (unread["history"], unread["basis"]) == ("unread", "popular")

    refused = {path: rest.get(path) for path in FROM_THE_GRAPH}
    refused["train"] = rest.post("/v1/jobs/train", json={})
    refused["activate"] = rest.post("/v1/models/v1/activate")
    for path, answer in refused.items():
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1"), path
        assert "Only the graph can answer this" in answer.json()["detail"]

    missing = {path: rest.get(path) for path in ("/v1/nothing", "/v1/movies/nothing", "/docs", "/openapi.json")}
    for path, answer in {**answers, **refused, **missing, "readyz": ready}.items():
        name, _, seen = answer.headers["marquee-graph"].partition(";")
        assert name == "away", path
        assert seen.startswith("seen="), path
    assert rest.head("/v1/movies/a").headers["marquee-graph"].startswith("away;seen=")
    assert time.monotonic() - started < 20  # twenty answers: none has waited for the graph


def check_that_all_is_well(rest: httpx.Client, before: dict[str, Any]) -> None:
    assert recommended(rest, "u") == before
    assert recommended(rest, "z")["history"] == "current"
    for path in (*FROM_MEMORY, "/v1/jobs", "/v1/models"):
        answer = rest.get(path)
        assert answer.status_code == 200, path
        assert "marquee-graph" not in answer.headers, path


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process keeps all readers of an SQLite file waiting."""
    command = [sys.executable, "-c", HOLD_READERS, f"{path}-shm"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert select.select([holder.stdout], [], [], 30)[0]
        yield
        assert holder.stdin is not None
        holder.stdin.close()


def test_an_sqlite_file_that_another_process_keeps_locked(
    rest: httpx.Client, tmp_path: Path, wait_until: WaitUntil
) -> None:
    before = recommended(rest, "u")
    with locked(tmp_path / "graph.db"):
        wait_until(lambda: is_away(rest))
        check_that_answers_come_from_memory(rest, before)

    wait_until(lambda: not is_away(rest))
    check_that_all_is_well(rest, before)


def test_a_user_who_is_known_by_id_is_still_known(
    rest: httpx.Client, publish: Callable[..., None], until_served: UntilServed, tmp_path: Path, wait_until: WaitUntil
) -> None:
    publish("v2", Slot.B, users={"u": [0, 1]})
    until_served(rest, "v2")
    with locked(tmp_path / "graph.db"):
        wait_until(lambda: is_away(rest))
        body = recommended(rest, "u")

    assert (body["basis"], body["history"]) == ("history", "unread")
    assert [item["movieId"] for item in body["items"]] == ["d", "c", "b", "a", "e"]  # a, which they have rated, too


def test_a_fault_is_answered_with_the_header_too(
    rest: httpx.Client, tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("services.recommender.routes.movies.nearest", fail)
    assert "marquee-graph" not in rest.get("/v1/movies/a/similar").headers
    with locked(tmp_path / "graph.db"):
        wait_until(lambda: is_away(rest))
        answer = rest.get("/v1/movies/a/similar")

    assert answer.status_code == 500
    assert answer.headers["marquee-graph"].startswith("away;seen=")
