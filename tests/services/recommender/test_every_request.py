"""Thousands of requests, made by schemathesis from the interface's own description: every answer is as it says there.

The seed is fixed, so each run makes the same requests.
"""

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.local.process import free_port
from shared.local.stack import service, url_of
from tests.conftest import Note

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ADMIN_KEY = secrets.token_hex(24)
CASES_AT_LEAST = 2_000
# A request of the right form may still ask for what is not there (a movie), or does not go together: 422 is its answer.
# An id that is too long is told before the method is looked at.
NOT_CHECKED = "positive_data_acceptance,unsupported_method"


@pytest.fixture
def url(publish: Callable[..., None], redis_server: str, tmp_path: Path) -> Iterator[str]:
    """The address of a recommender with a model in service."""
    publish("v1")
    environment = {
        "MARQUEE_GRAPH_URL": f"sqlite:{tmp_path / 'graph.db'}",
        "MARQUEE_REDIS_URL": redis_server,
        "MARQUEE_ACCESS": "keys",
        "MARQUEE_ADMIN_KEY": ADMIN_KEY,
        "MARQUEE_PORT": str(free_port()),
    }
    with service("recommender", environment, logs=tmp_path):
        yield url_of(environment)


def test_every_answer_is_as_it_is_documented(url: str, tmp_path: Path, record_property: Note) -> None:
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("schemathesis"), "run", f"{url}/openapi.json"),
            *("--header", f"Authorization: Bearer {ADMIN_KEY}"),
            *("--exclude-path", "/v1/models/rollback"),  # a GET of it asks for a version of that name: Allow says both
            *(
                "--exclude-path-regex",
                "/events$",
            ),  # streams of jobs never end; of POST /v1/events there are tests enough
            *("--phases", "examples,coverage,fuzzing", "--exclude-checks", NOT_CHECKED),
            # One worker: two threads that parse Python at once may fail before CPython 3.11.9 (its issue gh-106905).
            *("--max-examples", "8", "--seed", "7", "--workers", "1", "--no-shrink", "--no-color"),
        ],
        env={**os.environ, "NO_PROXY": "127.0.0.1", "HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path / "hypothesis")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-12_000:]
    summary = done.stdout[done.stdout.index("Test Phases:") :]
    record_property("summary", summary)
    cases = re.search(r"(\d+) generated, (\d+) passed", summary)
    assert cases, summary
    assert cases[1] == cases[2]
    assert int(cases[1]) >= CASES_AT_LEAST
    assert "Traceback" not in (tmp_path / "recommender.log").read_text(encoding="utf-8")
