"""All checks run to their end or to the time set, whatever breaks or hangs."""

import threading
import time
from collections.abc import Iterator

from shared.doctor.findings import Check, Finding, Level, examine
from shared.errors import UnavailableError


def well(part: str) -> Check:
    return Check(part, lambda: [Finding(part, Level.WELL, "It answers.")])


def breaking(part: str, error: Exception) -> Check:
    def look() -> Iterator[Finding]:
        yield Finding(part, Level.WELL, "It answers.")
        raise error

    return Check(part, look)


def test_what_a_check_found_before_it_broke_is_kept_and_the_others_go_on() -> None:
    found = examine([breaking("graph", UnavailableError("It went away.")), well("queue")], seconds=5)

    assert [(finding.part, finding.level, finding.what) for finding in found] == [
        ("graph", "well", "It answers."),
        ("graph", "wrong", "It went away."),
        ("queue", "well", "It answers."),
    ]


def test_a_mistake_in_a_check_is_told_as_one() -> None:
    (_, found) = examine([breaking("graph", ZeroDivisionError("division by zero"))], seconds=5)

    assert found.what == "This check broke: ZeroDivisionError: division by zero"


def test_what_hangs_is_given_up_in_the_time_set() -> None:
    never = threading.Event()

    def hang() -> Iterator[Finding]:
        yield Finding("graph", Level.WELL, "It answers.")
        never.wait(60)

    started = time.monotonic()
    found = examine([Check("graph", hang), Check("queue", hang)], seconds=0.2)
    never.set()

    assert time.monotonic() - started < 5
    assert [finding.what for finding in found] == ["It answers.", "This check did not end within 0.2 s."] * 2


def test_what_needs_a_part_that_broke_is_not_looked_at() -> None:
    down = UnavailableError("It is down.")
    checks = [breaking("graph", down), breaking("queue", down), Check("jobs", well("jobs").look, ("graph", "queue"))]

    last = examine(checks, seconds=5)[-1]

    assert last == Finding("jobs", Level.WARNING, "Not looked at, because of the graph and the queue.")


def test_what_needs_a_part_in_which_something_is_wrong_is_looked_at_after_it() -> None:
    order: list[str] = []

    def look(part: str) -> Iterator[Finding]:
        order.append(part)
        yield Finding(part, Level.WRONG, "An index is missing.")

    examine([Check("graph", lambda: look("graph")), Check("model", lambda: look("model"), ("graph",))], seconds=5)

    assert order == ["graph", "model"]
