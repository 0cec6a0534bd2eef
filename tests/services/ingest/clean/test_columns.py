import math

import pyarrow as pa
import pytest

from services.ingest.clean.columns import as_ids, as_numbers, as_text
from services.ingest.clean.report import FaultKind
from services.ingest.forms.ids import decimal_id, free_id
from shared.names import word


def test_ids_that_are_written_differently_are_one() -> None:
    places, ids, faults = as_ids(pa.array([b"7", b" 07 ", b"12", b"7"]), decimal_id)

    assert [ids[place] for place in places] == ["7", "7", "12", "7"]
    assert ids == ["7", "12"]
    assert not faults.any()


def test_what_is_no_id_has_a_fault_and_no_place() -> None:
    values = pa.array([b"1", b"", None, b"x7", b"\xff", b"1.5", b"9" * 30])

    places, ids, faults = as_ids(values, decimal_id)

    assert ids == ["1"]
    assert places.tolist() == [0, -1, -1, -1, -1, -1, -1]
    assert faults.tolist() == [
        0, FaultKind.MISSING, FaultKind.MISSING, FaultKind.ID, FaultKind.ENCODING, FaultKind.ID, FaultKind.ID,
    ]  # fmt: skip


def test_free_ids_are_any_text_that_the_graph_takes() -> None:
    values = pa.array(["tt0111161", "Ünïcode 映画", "a\x00b", "x" * 129, "007"])

    places, ids, faults = as_ids(values, free_id)

    assert ids == ["tt0111161", "Ünïcode 映画", "007"]
    assert places.tolist() == [0, 1, -1, -1, 2]
    assert faults.tolist() == [0, 0, FaultKind.ID, FaultKind.ID, 0]


def test_ids_of_parquet_may_be_numbers() -> None:
    assert as_ids(pa.array([3, None, 3]), free_id)[1] == ["3"]
    assert as_ids(pa.array([3.0, math.nan, 3.5]), decimal_id)[0].tolist() == [0, -1, -1]


def test_half_stars_stay_half_stars() -> None:
    numbers, faults = as_numbers(pa.array([b"4.5", b"0.5", b" 3 ", b"5.0"]))

    assert numbers.tolist() == [4.5, 0.5, 3.0, 5.0]
    assert not faults.any()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b"four", FaultKind.NUMBER),
        (b"4,5", FaultKind.NUMBER),
        (b"1_0", FaultKind.NUMBER),
        (b"nan", FaultKind.NUMBER),
        (b"inf", FaultKind.NUMBER),
        (b"\xff", FaultKind.NUMBER),
        (b" ", FaultKind.MISSING),
        (None, FaultKind.MISSING),
    ],
)
def test_what_is_no_number_has_a_fault(value: bytes | None, kind: FaultKind) -> None:
    numbers, faults = as_numbers(pa.array([b"3", value], pa.binary()))

    assert faults.tolist() == [0, kind]
    assert numbers[0] == 3.0
    assert math.isnan(numbers[1])


def test_numbers_of_parquet_are_read_with_their_gaps() -> None:
    numbers, faults = as_numbers(pa.array([4, None, 2]))

    assert numbers[[0, 2]].tolist() == [4.0, 2.0]
    assert faults.tolist() == [0, FaultKind.MISSING, 0]


def test_text_that_is_not_utf8_is_windows_1252_where_that_is_usual() -> None:
    assert as_text("Misérables… Les".encode("cp1252"), legacy=True) == "Misérables… Les"
    assert as_text("Misérables".encode("cp1252")) is FaultKind.ENCODING
    assert as_text("Misérables".encode(), legacy=True) == "Misérables"


def test_a_word_is_one_however_it_is_typed() -> None:
    assert {word(text) for text in ("Sci-Fi", " sci-fi ", "SCI-FI\n", "ｓｃｉ-ｆｉ")} == {"sci-fi"}  # noqa: RUF001 - wide letters
    assert word(" \t ") is None
    assert word("x" * 129) is None
