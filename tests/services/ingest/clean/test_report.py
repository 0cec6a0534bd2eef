import numpy as np
import pyarrow as pa
import pytest

from services.ingest.clean.report import LATEST_STAYS, FaultKind, Report
from services.ingest.forms.block import Block
from shared.ids import Rows


def block(rows: int, first_line: int = 2, malformed: tuple[tuple[int, str], ...] = ()) -> Block:
    lines = np.arange(first_line, first_line + rows, dtype=np.int64)

    def texts(wanted: Rows) -> list[str]:
        return [f"text of line {line}" for line in lines[wanted]]

    return Block("ratings.csv", {"userId": pa.array([b""] * rows)}, lines, texts, malformed, 1.0)


@pytest.fixture
def report() -> Report:
    return Report("my source", "CSV ratings.csv")


def test_faults_are_counted_and_the_first_five_of_each_kind_shown(report: Report) -> None:
    kinds = np.full(8, FaultKind.SCALE, np.uint8)
    kinds[3] = FaultKind.DATE

    report.count("ratings", 8)
    report.add_rows("ratings", block(8), kinds)

    scale, date = report.result()["faults"]
    assert (scale["kind"], scale["count"], scale["done"]) == ("scale", 7, "left out")
    assert [line["line"] for line in scale["lines"]] == [2, 3, 4, 6, 7]
    assert date["lines"] == [{"file": "ratings.csv", "line": 5, "text": "text of line 5"}]
    assert report.result()["counts"]["ratings"] == {"read": 8, "written": 0, "left_out": 8}
    assert report.faults == 8


def test_examples_are_the_first_over_several_blocks(report: Report) -> None:
    for first_line in (2, 5, 8):
        report.add_rows("ratings", block(3, first_line), np.full(3, FaultKind.ID, np.uint8))

    (fault,) = report.result()["faults"]
    assert fault["count"] == 9
    assert [line["line"] for line in fault["lines"]] == [2, 3, 4, 5, 6]


def test_duplicates_are_not_left_out(report: Report) -> None:
    report.count("ratings", 2)
    report.add_rows("ratings", block(2), np.array([0, FaultKind.DUPLICATE], np.uint8), done=LATEST_STAYS)

    assert report.result()["counts"]["ratings"] == {"read": 2, "written": 2, "left_out": 0}
    assert report.result()["faults"][0]["done"] == "the latest stays"


def test_lines_that_make_no_row_are_counted_as_read(report: Report) -> None:
    given = block(1, malformed=((3, "hello"),))
    report.count("ratings", len(given))
    report.add_malformed("ratings", given)

    assert report.result()["counts"]["ratings"] == {"read": 2, "written": 1, "left_out": 1}
    assert report.result()["faults"][0]["lines"] == [{"file": "ratings.csv", "line": 3, "text": "hello"}]


def test_long_lines_are_cut(report: Report) -> None:
    report.add_malformed("ratings", block(0, malformed=((1, "x" * 10_000),)))

    assert report.result()["faults"][0]["lines"][0]["text"] == "x" * 200


def test_the_summary_names_kind_count_and_first_line(report: Report) -> None:
    report.add("ratings", FaultKind.SCALE, block(3), 1)

    assert report.summary() == (
        "1 of ratings: the rating is off the scale, or between two steps of it "
        "(first in ratings.csv, line 3: 'text of line 3')"
    )
