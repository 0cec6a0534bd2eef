"""Thousands of requests, made by schemathesis from the interface's own description: every answer is as it says there.

The seed is fixed, so each run makes the same requests.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.graph import Graph
from shared.local.process import free_port
from shared.local.stack import service, url_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ADMIN_KEY = secrets.token_hex(24)
CASES_AT_LEAST = 2_000
LONGEST_SECONDS = 75  # for what is made by chance; what every run makes comes first


@pytest.fixture
def url(movies: Graph, publish: Callable[..., None], redis_server: str, tmp_path: Path) -> Iterator[str]:
    """The address of a recommender with a model in service."""
    publish("v1")
    environment = {
        "MARQUEE_GRAPH_URL": f"sqlite:{tmp_path / 'graph.db'}",
        "MARQUEE_REDIS_URL": redis_server,
        "MARQUEE_ACCESS": "keys",
        "MARQUEE_ADMIN_KEY": ADMIN_KEY,
        "MARQUEE_MAX_BODY_BYTES": "100000",
        "MARQUEE_PORT": str(free_port()),
    }
    with service("recommender", environment, logs=tmp_path):
        yield url_of(environment)


def test_every_answer_is_as_it_is_documented(
    url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    report = tmp_path / "report.json"
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("schemathesis"), "run", f"{url}/openapi.json"),
            *("--header", f"Authorization: Bearer {ADMIN_KEY}"),
            *("--phases", "examples,coverage,fuzzing"),
            *("--max-examples", "60", "--seed", "7", "--workers", "2", "--no-shrink"),
            *("--report", "json", "--report-json-path", report, "--no-color"),
        ],
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    shown = done.stdout[-12_000:]
    assert done.returncode == 0, shown
    record_property("summary", shown)
