"""Times of cron words, by calendars that are known."""

from datetime import UTC, datetime

import pytest

from shared.cron import next_time
from shared.errors import InvalidInputError


def times(words: str, zone: str, start: str, count: int) -> list[str]:
    """The next times after `start`, in UTC."""
    at, found = round(datetime.fromisoformat(start).timestamp() * 1_000), []
    for _ in range(count):
        at = next_time(words, zone, at)
        found.append(f"{datetime.fromtimestamp(at / 1_000, UTC):%m-%d %H:%M}")
    return found


def test_words_are_of_the_clocks_of_their_zone() -> None:
    assert times("30 2 * * *", "UTC", "2026-11-21T02:30:00+00:00", 2) == ["11-22 02:30", "11-23 02:30"]
    assert times("0 9 * * mon", "Asia/Tokyo", "2026-11-21T00:00:00+00:00", 1) == ["11-23 00:00"]
    assert times("@daily", "America/New_York", "2026-11-21T00:00:00+00:00", 1) == ["11-21 05:00"]


def test_where_clocks_are_moved_a_nightly_run_comes_once_a_night() -> None:
    spring = times("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00+00:00", 3)
    autumn = times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00+00:00", 2)
    hourly = times("30 * * * *", "Europe/Berlin", "2026-10-24T23:45:00+00:00", 3)

    assert spring == ["03-28 01:30", "03-29 01:00", "03-30 00:30"]
    assert autumn == ["10-25 00:30", "10-26 01:30"]
    assert hourly == ["10-25 00:30", "10-25 01:30", "10-25 02:30"]


@pytest.mark.parametrize(
    "words", ["", "soon", "* * * *", "0 0 * * * *", "61 * * * *", "@reboot", "R R * * *", "h 2 * * *"]
)
def test_what_are_no_cron_words_is_refused_with_an_example(words: str) -> None:
    with pytest.raises(InvalidInputError, match="'30 2 \\* \\* \\*' for half past two every night"):
        next_time(words, "UTC", 0)


def test_a_day_that_never_comes_and_a_zone_that_is_none_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="name no time that ever comes"):
        next_time("0 0 31 2 *", "UTC", 0)
    for zone in ("Mars/Olympus", "Europe", "../UTC", ""):
        with pytest.raises(InvalidInputError, match="There is no time zone"):
            next_time("@daily", zone, 0)
