"""What is followed is renewed when its mark changes, not too often, and again when it fails."""

import itertools
import logging
from collections.abc import Callable

import pytest

from services.recommender.replica.follower import Follower
from shared.errors import UnavailableError


class Renewals:
    """What was renewed, at which time, and what a renewal costs or raises."""

    def __init__(self, rest: float = 0) -> None:
        self.seconds = 0.0
        self.takes = 0.0
        self.error: Exception | None = None
        self.done: list[tuple[str | None, float]] = []
        self.follower: Follower[str | None] = Follower("model", self.renew, rest=rest, clock=lambda: self.seconds)

    def renew(self, mark: str | None) -> None:
        if self.error:
            raise self.error
        self.done.append((mark, self.seconds))
        self.seconds += self.takes

    def show(self, mark: str | None) -> None:
        self.follower.show(mark)
        self.follower.follow()


def test_nothing_is_renewed_before_a_mark_is_shown() -> None:
    renewals = Renewals()

    renewals.follower.follow()

    assert renewals.done == []


def test_the_first_mark_renews_even_where_it_says_that_there_is_nothing() -> None:
    renewals = Renewals()

    renewals.show(None)
    renewals.show(None)

    assert renewals.done == [(None, 0)]


def test_only_a_change_renews() -> None:
    renewals = Renewals()

    for mark in ("one", "one", "two", "two", "one"):
        renewals.show(mark)

    assert [mark for mark, _ in renewals.done] == ["one", "two", "one"]


def test_a_mark_that_changes_all_the_time_does_not_keep_it_busy_all_the_time() -> None:
    """Of a renewal of 2 s that is followed by 4 times as long a rest, ten fall into a hundred seconds."""
    renewals = Renewals(rest=4)
    renewals.takes = 2

    while renewals.seconds < 100:
        renewals.show(f"revision {renewals.seconds}")
        renewals.seconds += 0.25

    assert 9 <= len(renewals.done) <= 10
    starts = [seconds for _, seconds in renewals.done]
    assert all(later - earlier >= 10 for earlier, later in itertools.pairwise(starts))


def test_the_last_of_many_marks_is_renewed_after_the_rest() -> None:
    renewals = Renewals(rest=4)
    renewals.takes = 1
    for mark in ("one", "two", "three"):
        renewals.show(mark)
    renewals.seconds += 4

    renewals.show("three")

    assert [mark for mark, _ in renewals.done] == ["one", "three"]


@pytest.mark.parametrize("error", [UnavailableError("away"), ZeroDivisionError("a fault")])
def test_what_fails_is_logged_once_in_a_row_and_tried_again_after_growing_pauses(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    renewals = Renewals()
    renewals.error = error
    for _ in range(40):
        renewals.show("one")
        renewals.seconds += 0.25
    renewals.error = None
    while not renewals.done:
        renewals.show("one")
        renewals.seconds += 0.25

    assert 10 <= renewals.done[0][1] <= 16
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == [f"the model can't be read, trying on: {error}"]
    assert caplog.records[-1].getMessage().startswith("the model is at one, read in")


def test_another_mark_does_not_wait_for_one_that_failed() -> None:
    renewals = Renewals()
    renewals.error = UnavailableError("damaged")
    for _ in range(40):
        renewals.show("damaged")
        renewals.seconds += 0.25
    renewals.error = None

    renewals.show("whole")

    assert renewals.done == [("whole", renewals.seconds)]


def test_it_runs_in_a_thread_of_its_own_until_it_is_stopped(wait_until: Callable[[Callable[[], bool]], None]) -> None:
    renewals = Renewals()
    renewals.follower.start()

    renewals.follower.show("one")
    wait_until(lambda: renewals.done == [("one", 0)])
    renewals.follower.stop()

    wait_until(lambda: not renewals.follower._thread.is_alive())
