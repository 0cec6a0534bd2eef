"""Whether the graph is away goes by the time since its last answer."""

import logging

import pytest

from services.recommender.replica.pulse import Pulse
from shared.errors import UnavailableError


class Heart:
    """A graph that answers or does not, and a clock."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.error: Exception | None = None
        self.pulse = Pulse(self.look, interval_seconds=0.25, away_after_seconds=2, clock=lambda: self.seconds)

    def is_away_after(self, seconds: float) -> bool:
        """Whether the graph is away so long after the last answer."""
        self.seconds = 100 + seconds
        return self.pulse.is_away

    def look(self) -> None:
        if self.error:
            raise self.error
        self.pulse.beat()


def test_a_graph_that_answers_is_here() -> None:
    heart = Heart()

    heart.pulse.look()

    assert not heart.pulse.is_away
    assert heart.pulse.silent_seconds == 0


def test_a_graph_that_hangs_is_away_although_no_call_has_failed() -> None:
    heart = Heart()
    heart.pulse.look()

    assert [heart.is_away_after(seconds) for seconds in (0, 2, 2.1)] == [False, False, True]
    assert heart.pulse.silent_seconds == pytest.approx(2.1)


def test_one_failure_does_not_mean_that_the_graph_is_away() -> None:
    heart = Heart()
    heart.pulse.look()
    heart.error = UnavailableError("a moment")

    heart.pulse.look()

    assert not heart.pulse.is_away


def test_a_graph_that_has_never_answered_is_away_once_it_has_had_the_time() -> None:
    heart = Heart()

    assert [heart.is_away_after(seconds) for seconds in (0, 3)] == [False, True]
    assert heart.pulse.silent_seconds is None


@pytest.mark.parametrize("error", [UnavailableError("away"), ZeroDivisionError("a fault")])
def test_what_goes_wrong_is_logged_once_in_a_row(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    heart = Heart()
    heart.error = error
    for _ in range(5):
        heart.pulse.look()
    heart.error = None
    for _ in range(2):
        heart.pulse.look()

    assert [record.getMessage() for record in caplog.records] == [
        f"the graph can't be read, asking on: {error}",
        "the graph answers again",
    ]
