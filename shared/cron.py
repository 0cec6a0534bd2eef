"""Cron words: minute, hour, day of the month, month, day of the week; or a name such as `@daily`."""

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

from shared.errors import InvalidInputError

_FIELDS: Final = 5
_CHANCE: Final = re.compile(r"\b[RH]\b", re.IGNORECASE)  # croniter draws a time for these, another at each call
_NAMES: Final = ("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually")


def next_time(words: str, time_zone: str, after: int) -> int:
    """The first time after `after` that the words name, on the clocks of the time zone: milliseconds since 1970.

    A time that those clocks leave out in spring is taken to be when they have moved on. One that they show twice in
    autumn counts once, unless the words are of every hour.

    >>> next_time("30 2 * * *", "UTC", 0) == (2 * 60 + 30) * 60_000
    True

    Raises:
        InvalidInputError: these are no cron words, they name no time at all, or there is no such time zone.
    """
    start = datetime.fromtimestamp(after / 1_000, _zone(time_zone))
    if words not in _NAMES and (len(words.split()) != _FIELDS or _CHANCE.search(words) or not croniter.is_valid(words)):
        raise InvalidInputError(
            f"{words!r} are no cron words. Give minute, hour, day of the month, month and day of the week, such as "
            f"'30 2 * * *' for half past two every night, or one of {', '.join(_NAMES)}."
        )
    is_of_every_hour = words == "@hourly" or "*" in words.split()[1:2]
    times = croniter(words, start)
    try:
        found: datetime = times.get_next(datetime)
        while found.fold and not is_of_every_hour:
            found = times.get_next(datetime)
    except CroniterBadDateError as error:
        raise InvalidInputError(f"The cron words {words!r} name no time that ever comes.") from error
    return round(found.astimezone(UTC).timestamp() * 1_000)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError) as error:  # not found is an OSError for folders, a KeyError of its own else
        raise _no_zone(name) from error
    except KeyError as error:
        raise _no_zone(name) from error


def _no_zone(name: str) -> InvalidInputError:
    return InvalidInputError(f"There is no time zone {name!r}; names are such as UTC or Europe/Berlin.")
