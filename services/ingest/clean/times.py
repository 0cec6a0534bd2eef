"""Columns of times (seconds or milliseconds since 1970, or dates in ISO 8601) to milliseconds since 1970."""

import math
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from services.ingest.clean.columns import as_text
from services.ingest.clean.report import FaultKind, Kinds
from shared.ids import Rows
from shared.schema import MISSING_INT

_MILLISECONDS_FROM: Final = 10**11  # as seconds this is the year 5138, as milliseconds March 1973
_DAY_MS: Final = 86_400_000
_NO_TIME: Final = -1  # before 1970, so a fault
_LARGEST: Final = 10**15  # as seconds or as milliseconds far in the future, and a thousand times it is no overflow

_WHOLE_NUMBER: Final = "^-?[0-9]{1,18}$"

_Stamps = tuple[Rows, npt.NDArray[np.bool_]]
"""Numbers, and which of them came out of dates and so are milliseconds already. `MISSING_INT` where there is none."""


class TimeReader:
    """Reads one column of times, block by block.

    Whether whole numbers are seconds or milliseconds is recognised once, by the median of the first block: so
    milliseconds of 1971 in a column of milliseconds are not taken for seconds. A date without a zone is in UTC. A time
    before 1970 or later than `now_ms` and a day is a fault.
    """

    def __init__(self, now_ms: int) -> None:
        self._latest = now_ms + _DAY_MS  # clocks and zones differ by up to a day
        self._factor: int | None = None

    def read(self, column: pa.Array) -> tuple[Rows, Kinds]:
        """int64[n] of milliseconds, `MISSING_INT` where there are none, and the faults, uint8[n]."""
        stamps, are_dates = _read_column(column)
        missing = stamps == MISSING_INT
        numbers = ~missing & ~are_dates
        if self._factor is None and numbers.any():
            self._factor = 1 if np.median(stamps[numbers]) >= _MILLISECONDS_FROM else 1_000
        times = np.clip(stamps, _NO_TIME, _LARGEST)
        times[numbers] *= self._factor or 1
        kinds = np.where((times < 0) | (times > self._latest), FaultKind.DATE, 0).astype(np.uint8)
        kinds[missing] = FaultKind.MISSING
        times[kinds > 0] = MISSING_INT
        return times, kinds


def _read_column(column: pa.Array) -> _Stamps:
    """The whole column at once where Arrow can, and value by value where something in it is wrong or rare."""
    if _is_text(column):
        numbers = _cast(column, pa.int64())
        dates = _cast(column, pa.timestamp("ms")) if numbers is None else None
    elif pa.types.is_temporal(column.type):
        numbers, dates = None, _cast(column, pa.timestamp("ms"))
    else:
        numbers, dates = _cast(column, pa.int64()), None
    if numbers is not None:
        return numbers, np.zeros(len(numbers), bool)
    if dates is not None:
        return dates, np.ones(len(dates), bool)
    return _read_each(column)


def _read_each(column: pa.Array) -> _Stamps:
    """Whole numbers at once, and what is something else value by value."""
    stamps, are_dates = np.empty(len(column), np.int64), np.zeros(len(column), bool)
    others = np.ones(len(column), bool)
    if _is_text(column):
        is_number = pc.match_substring_regex(column, _WHOLE_NUMBER).fill_null(False)
        numbers = _cast(column.filter(is_number), pa.int64())
        if numbers is not None:
            others = ~is_number.to_numpy(zero_copy_only=False)
            stamps[~others] = numbers
    for place in np.flatnonzero(others):
        stamps[place], are_dates[place] = _parse(column[place].as_py())
    return stamps, are_dates


def _is_text(column: pa.Array) -> bool:
    types = pa.types
    return bool(types.is_binary(column.type) or types.is_string(column.type) or types.is_large_string(column.type))


def _cast(column: pa.Array, type_: pa.DataType) -> Rows | None:
    """int64[n] of a column cast to `type_`; None where a value does not fit."""
    try:
        if pa.types.is_binary(column.type):
            column = column.cast(pa.string())
        # Parts of a millisecond may be cut off; a number with a fraction may be milliseconds of seconds: not here.
        column = column.cast(type_, safe=not pa.types.is_timestamp(column.type)).cast(pa.int64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    values: Rows = (column.fill_null(MISSING_INT) if column.null_count else column).to_numpy()
    return values


def _parse(value: Any) -> tuple[int, bool]:  # noqa: ANN401 - whatever Arrow gives
    """One value as a number or a date: the number, and whether it is a date's milliseconds.

    >>> _parse("964982703.0"), _parse("2000-07-30T18:45:03Z")
    ((964982703, False), (964982703000, True))
    """
    if isinstance(value, datetime):
        return _milliseconds(value), True
    text = as_text(value)
    if isinstance(text, FaultKind):
        return (MISSING_INT if text is FaultKind.MISSING else _NO_TIME), False
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        return (int(number) if math.isfinite(number) and abs(number) < _LARGEST else _NO_TIME), False
    try:
        return _milliseconds(datetime.fromisoformat(text)), True
    except (ValueError, OverflowError):
        return _NO_TIME, False


def _milliseconds(time: datetime) -> int:
    return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1_000)
