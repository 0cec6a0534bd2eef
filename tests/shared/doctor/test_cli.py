"""`marquee doctor` says in words what is wrong and what to do, also when everything is down, and never a secret."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from shared.cli import main
from shared.doctor import software
from shared.graph import Graph
from shared.graph.columns import objects
from shared.schema import MOVIE, RATED, USER

Doctor = Callable[..., Result]
SECRETS = ("s3cret-of-neo4j", "s3cret-of/redis")


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Runs it, in a folder with nothing in it, on a machine where torch need not be imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(software, "_TRY_TORCH", "")
    return lambda *words: CliRunner().invoke(main, ["doctor", *words])


def findings(result: Result) -> dict[str, list[str]]:
    """Of each part, the levels found."""
    found: dict[str, list[str]] = {}
    for finding in json.loads(result.stdout):
        found.setdefault(finding["part"], []).append(finding["level"])
    return found


@pytest.mark.slow
def test_when_everything_is_down_each_part_says_so_within_seconds_and_no_secret_is_shown(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARQUEE_GRAPH_URL", "bolt://127.0.0.1:1")
    monkeypatch.setenv("MARQUEE_GRAPH_PASSWORD", SECRETS[0])
    monkeypatch.setenv("MARQUEE_REDIS_URL", f"redis://:{SECRETS[1].replace('/', '%2F')}@127.0.0.1:1/0")
    started = time.monotonic()

    shown, as_json = doctor(), doctor("--json")

    assert time.monotonic() - started < 60
    assert (shown.exit_code, as_json.exit_code) == (1, 1)
    found = findings(as_json)
    assert found["graph"] == found["queue"] == ["wrong"]
    assert found["model"] == found["jobs"] == ["warning"]
    assert "2 wrong, 2 to look at." in shown.output
    assert "Traceback" not in shown.output
    for secret in (*SECRETS, SECRETS[1].replace("/", "%2F")):
        assert secret not in shown.output + as_json.output


@pytest.mark.slow
def test_an_installation_that_works_ends_with_status_0(
    doctor: Doctor, sqlite_graph: Graph, tmp_path: Path, redis_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_graph.put_nodes(USER, {"userId": objects(["u"])})
    sqlite_graph.put_nodes(MOVIE, {"movieId": objects(["m"])})
    sqlite_graph.put_edges(RATED, objects(["u"]), objects(["m"]), {"rating": np.array([4.0])})
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path / 'graph.db'}")
    monkeypatch.setenv("MARQUEE_REDIS_URL", redis_server)

    shown, as_json = doctor(), doctor("--json")

    assert shown.exit_code == 0, shown.output
    found = findings(as_json)
    assert list(found) == ["settings", "software", "space", "graph", "queue", "model", "jobs"]
    assert "wrong" not in {level for levels in found.values() for level in levels}
    assert "No model is served" in shown.output
    assert "Nothing is wrong; " in shown.output


def test_settings_that_do_not_fit_are_told_and_nothing_is_reached_by_them(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARQUEE_JOB_LEASE_SECONDS", "-1")
    monkeypatch.setenv("MARQUEE_GRAPH_PASSWROD", "x")

    shown = doctor()

    assert shown.exit_code == 1
    assert "MARQUEE_JOB_LEASE_SECONDS does not fit: Input should be greater than 0" in shown.output
    assert "Did you mean MARQUEE_GRAPH_PASSWORD?" in shown.output
    assert "graph " not in shown.output
    assert "1 wrong, 1 to look at." in shown.output


@pytest.mark.slow
def test_a_secret_in_somebody_elses_message_is_taken_out(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"neo4j://neo4j:{SECRETS[0]}@127.0.0.1:1")
    monkeypatch.setenv("MARQUEE_GRAPH_PASSWORD", "x-marks-it")
    monkeypatch.setenv("MARQUEE_REDIS_URL", "redis://127.0.0.1:1/0")

    said = doctor("--json", "--patience", "30")

    assert said.exit_code == 1
    assert "MARQUEE_GRAPH_URL holds a password" in said.output
    assert SECRETS[0] not in said.output
    assert "x-marks-it" not in said.output
