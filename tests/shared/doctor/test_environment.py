"""Settings that are misspelt, don't fit, or don't go together."""

from collections.abc import Mapping

import pytest

from services.ingest.settings import IngestSettings
from shared.doctor.environment import check_environment, check_together
from shared.doctor.findings import Finding, Level
from shared.settings import QueueSettings, load


def look(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> list[Finding]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return list(check_environment([QueueSettings, IngestSettings], variables))


def test_settings_that_fit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = look(monkeypatch, {"MARQUEE_KEEP_VERSIONS": "5", "marquee_data_dir": "/data", "OTHER": "x"})

    assert found.level is Level.WELL
    assert found.what.startswith("2 of ")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("MARQUEE_GRAPH_URI", "Did you mean MARQUEE_GRAPH_URL?"),
        ("MARQUEE_REDIS", "Did you mean MARQUEE_REDIS_URL?"),
        ("MARQUEE_COLOUR", "Take it away, or look it up in .env.example."),
    ],
)
def test_a_variable_that_is_no_setting_is_warned_of_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, name: str, advice: str
) -> None:
    found = look(monkeypatch, {name: "x"})[0]

    assert (found.level, found.advice) == (Level.WARNING, advice)
    assert name in found.what


def test_variables_of_compose_and_of_the_tests_are_no_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = look(monkeypatch, {"MARQUEE_VERSION": "1", "MARQUEE_TEST_NEO4J_URI": "x", "MARQUEE_REQUIRE": "redis"})

    assert [finding.level for finding in found] == [Level.WELL]


def test_a_value_that_does_not_fit_is_told_once_and_without_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = look(monkeypatch, {"MARQUEE_JOB_LEASE_SECONDS": "s3cret"})

    assert found.level is Level.WRONG
    assert found.what.startswith("MARQUEE_JOB_LEASE_SECONDS does not fit: Input should be a valid number")
    assert "s3cret" not in found.what


@pytest.mark.parametrize(
    ("variables", "level", "what"),
    [
        ({"LONGEST_JOB_HOURS": "0.001"}, "wrong", "LONGEST_JOB_HOURS is shorter than MARQUEE_JOB_LEASE_SECONDS"),
        ({"GRAPH_TIMEOUT_SECONDS": "31"}, "warning", "a slow call loses a job's lease"),
        ({"GRAPH_PASSWORD": "x"}, "warning", "an SQLite graph has none"),
        ({"GRAPH_URL": "bolt://neo4j:s3cret@graph"}, "wrong", "MARQUEE_GRAPH_URL holds a password"),
        ({"REDIS_URL": "http://localhost:6379"}, "wrong", "MARQUEE_REDIS_URL does not begin with redis://"),
        ({"REDIS_URL": "redis://queue.example:6379/0"}, "warning", "no password, and queue.example is another machine"),
    ],
)
def test_settings_that_do_not_go_together_are_told(
    monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], level: str, what: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"MARQUEE_{name}", value)

    (found,) = check_together(load(QueueSettings))

    assert found.level == level
    assert what in found.what
    assert found.advice
    assert "s3cret" not in found.what + found.advice


@pytest.mark.parametrize("url", ["redis://:x@queue.example:6379/0", "sentinel://:x@a:26379;sentinel://b:26379"])
def test_the_defaults_and_a_queue_with_a_password_go_together(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    assert list(check_together(load(QueueSettings))) == []

    monkeypatch.setenv("MARQUEE_REDIS_URL", url)
    monkeypatch.setenv("MARQUEE_REDIS_SENTINEL_MASTER", "mymaster")

    assert list(check_together(load(QueueSettings))) == []
