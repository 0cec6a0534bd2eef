"""Lines of a log, as text and as JSON."""

import json
import logging
from collections.abc import Iterator

import pytest

from shared.errors import InvalidInputError
from shared.watching import logs, subject
from shared.watching.logs import LogFormat


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def say() -> None:
    log = logging.getLogger("a.module")
    log.debug("nobody reads this")
    with subject.doing_job("job1", "request1"):
        log.info("%d movies\nof many", 3)
    try:
        int("few")
    except ValueError:
        log.exception("it failed")


@pytest.mark.parametrize("level", ["INFO", "info"])
def test_text_says_what_a_line_is_about(capsys: pytest.CaptureFixture[str], level: str) -> None:
    logs.configure("ingest", "text", level=level)
    say()

    lines = capsys.readouterr().err.splitlines()
    assert lines[0].endswith("INFO a.module: 3 movies")
    assert lines[1] == "of many [request request1, job job1]"
    assert lines[2].endswith("ERROR a.module: it failed")


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("ingest", "json")
    say()

    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    expected = {
        "level": "INFO",
        "service": "ingest",
        "logger": "a.module",
        "message": "3 movies\nof many",
        "requestId": "request1",
        "jobId": "job1",
    }
    assert first.items() >= expected.items()
    assert second["error"].endswith("invalid literal for int() with base 10: 'few'")
    assert "requestId" not in second


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_level_that_there_is_not_is_refused(form: LogFormat) -> None:
    with pytest.raises(InvalidInputError, match="no log level 'LOUD': DEBUG, INFO"):
        logs.configure("ingest", form, level="LOUD")
