from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from services.ingest.clean.report import FaultKind
from services.ingest.clean.times import TimeReader
from shared.schema import MISSING_INT

NOW = 1_800_000_000_000
MOMENT = 964_982_703_000  # 2000-07-30 18:45:03 UTC


@pytest.mark.parametrize(
    "column",
    [
        pa.array([b"964982703"]),
        pa.array([b"964982703000"]),
        pa.array([b"964982703.0"]),
        pa.array([b"2000-07-30T18:45:03Z"]),
        pa.array([b"2000-07-30 18:45:03"]),
        pa.array([b"2000-07-30T20:45:03+02:00"]),
        pa.array(["2000-07-30T18:45:03.000"]),
        pa.array(["2000-07-30T18:45:03.000000+00:00"]),
        pa.array([964_982_703]),
        pa.array([964_982_703.0]),
        pa.array([964_982_703_000], pa.uint64()),
        pa.array([datetime(2000, 7, 30, 18, 45, 3)], pa.timestamp("ns")),  # noqa: DTZ001 - without a zone on purpose
        pa.array([datetime(2000, 7, 30, 18, 45, 3, tzinfo=UTC)], pa.timestamp("us", "UTC")),
    ],
)
def test_each_way_of_writing_a_moment_gives_its_milliseconds(column: pa.Array) -> None:
    times, faults = TimeReader(NOW).read(column)

    assert times.tolist() == [MOMENT]
    assert not faults.any()


def test_a_day_is_its_first_millisecond_in_utc() -> None:
    for column in (pa.array([b"2000-07-30"]), pa.array([date(2000, 7, 30)])):
        assert TimeReader(NOW).read(column)[0].tolist() == [964_915_200_000]


def test_milliseconds_are_recognised_by_column_not_by_value() -> None:
    reader = TimeReader(NOW)

    assert reader.read(pa.array([b"964982703000", b"31536000000", b"964982703000"]))[0][1] == 31_536_000_000
    assert reader.read(pa.array([b"31536000000"]))[0].tolist() == [31_536_000_000], "1971, in a later block"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b"-1", FaultKind.DATE),
        (b"99999999999", FaultKind.DATE),
        (b"9" * 40, FaultKind.DATE),
        (b"1969-12-31", FaultKind.DATE),
        (b"2000-13-45", FaultKind.DATE),
        (b"yesterday", FaultKind.DATE),
        (b"nan", FaultKind.DATE),
        (b"\xff", FaultKind.DATE),
        (b"", FaultKind.MISSING),
        (None, FaultKind.MISSING),
    ],
)
def test_a_bad_date_is_a_fault_and_the_others_are_read(value: bytes | None, kind: FaultKind) -> None:
    times, faults = TimeReader(NOW).read(pa.array([b"964982703", value, b"964982704"], pa.binary()))

    assert times.tolist() == [MOMENT, MISSING_INT, MOMENT + 1_000]
    assert faults.tolist() == [0, kind, 0]


def test_numbers_and_dates_may_stand_in_one_column() -> None:
    times, faults = TimeReader(NOW).read(pa.array([b"964982703", b"2000-07-30T18:45:03Z"]))

    assert times.tolist() == [MOMENT, MOMENT]
    assert not faults.any()


def test_a_time_up_to_a_day_ahead_is_taken_because_clocks_differ() -> None:
    seconds = NOW // 1_000

    _, faults = TimeReader(NOW).read(pa.array([seconds + 86_000, seconds + 87_000]))

    assert faults.tolist() == [0, FaultKind.DATE]
