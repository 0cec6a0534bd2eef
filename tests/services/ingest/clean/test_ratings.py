from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from services.ingest.clean.ratings import RatingCleaner, Ratings
from services.ingest.clean.report import Report
from services.ingest.fetch.files import file_at
from services.ingest.forms.dataset import ANY_STARS, HALF_STARS, WHOLE_STARS, Dataset, Scale
from services.ingest.forms.ids import decimal_id
from services.ingest.forms.text import TextTable
from shared.schema import MISSING_INT

Clean = Callable[..., tuple[list[Ratings], dict[str, Any]]]
NOW = 1_800_000_000_000
FIELDS = ("userId", "movieId", "rating", "ratedAt")


@pytest.fixture
def clean(tmp_path: Path) -> Clean:
    def clean_(
        content: bytes,
        movies: Iterable[str] | None = ("10", "20", "30"),
        scale: Scale = HALF_STARS,
        block_bytes: int = 1_000_000,
        may_lack_times: bool = False,
    ) -> tuple[list[Ratings], dict[str, Any]]:
        (tmp_path / "ratings.csv").write_bytes(content)
        table = TextTable(file_at(tmp_path / "ratings.csv"), FIELDS, quoted=True, block_bytes=block_bytes)
        report = Report("ml", "form")
        dataset = Dataset("form", table, scale, normalise=decimal_id, may_lack_times=may_lack_times)
        return list(RatingCleaner(dataset, movies, report, NOW).batches()), report.result()

    return clean_


def rows(batches: list[Ratings]) -> list[tuple[str, str, float, int]]:
    return [
        row for b in batches for row in zip(b.users, b.movies, b.ratings.tolist(), b.rated_at.tolist(), strict=True)
    ]


def test_good_rows_go_through_as_they_are(clean: Clean) -> None:
    batches, report = clean(b"1,10,4.5,100\n2,20,0.5,200\n1,30,5,300\n")

    assert rows(batches) == [("1", "10", 4.5, 100_000), ("2", "20", 0.5, 200_000), ("1", "30", 5.0, 300_000)]
    assert batches[0].new_users == ["1", "2"]
    assert batches[0].new_movies == []
    assert report["faults"] == []
    assert report["counts"] == {"ratings": {"read": 3, "written": 3, "left_out": 0}}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"1,10,4", "fields"),
        (b"1,10,4,100,x", "fields"),
        (b"\xff,10,4,100", "encoding"),
        (b",10,4,100", "missing"),
        (b"1,,4,100", "missing"),
        (b"1,10,,100", "missing"),
        (b"1,10,4,", "missing"),
        (b"x,10,4,100", "id"),
        (b"1,ten,4,100", "id"),
        (b"1,99,4,100", "unknown_movie"),
        (b"1,10,four,100", "number"),
        (b"1,10,5.5,100", "scale"),
        (b"1,10,0,100", "scale"),
        (b"1,10,-1,100", "scale"),
        (b"1,10,4,-100", "date"),
        (b"1,10,4,99999999999", "date"),
        (b"1,10,4,someday", "date"),
    ],
)
def test_each_kind_of_fault_is_left_out_and_reported_with_its_line(clean: Clean, line: bytes, kind: str) -> None:
    batches, report = clean(b"2,10,4,100\n" + line + b"\n2,20,3,200\n")

    assert rows(batches) == [("2", "10", 4.0, 100_000), ("2", "20", 3.0, 200_000)]
    (fault,) = report["faults"]
    assert (fault["kind"], fault["count"], fault["done"]) == (kind, 1, "left out")
    assert fault["lines"] == [{"file": "ratings.csv", "line": 2, "text": line.decode("utf-8", "replace")}]
    assert report["counts"]["ratings"] == {"read": 3, "written": 2, "left_out": 1}


def test_a_row_with_several_faults_counts_once_for_the_first(clean: Clean) -> None:
    _, report = clean(b"1,99,9,-5\n2,10,4,100\n")

    assert [(fault["kind"], fault["count"]) for fault in report["faults"]] == [("unknown_movie", 1)]


def test_whole_star_scales_begin_at_one(clean: Clean) -> None:
    _, report = clean(b"1,10,0.5,100\n1,20,1,100\n", scale=WHOLE_STARS)

    assert report["counts"]["ratings"]["left_out"] == 1


@pytest.mark.parametrize(("scale", "off"), [(HALF_STARS, 1), (WHOLE_STARS, 2), (ANY_STARS, 0)])
def test_a_rating_between_two_steps_is_off_the_scale(clean: Clean, scale: Scale, off: int) -> None:
    batches, report = clean(b"1,10,3.3,100\n1,20,3.5,100\n1,30,3,100\n", scale=scale)

    assert len(rows(batches)) == 3 - off
    assert [(fault["kind"], fault["count"]) for fault in report["faults"]] == ([("scale", off)] if off else [])


def test_where_times_may_be_lacking_a_rating_without_one_is_kept_and_one_with_a_bad_one_is_not(clean: Clean) -> None:
    batches, report = clean(b"1,10,4,\n1,20,3,soon\n1,30,5,100\n", may_lack_times=True)

    assert rows(batches) == [("1", "10", 4.0, MISSING_INT), ("1", "30", 5.0, 100_000)]
    assert [fault["kind"] for fault in report["faults"]] == ["date"]


def test_duplicates_are_counted_and_passed_on_because_the_graph_keeps_the_latest(clean: Clean) -> None:
    batches, report = clean(b"1,10,4,200\n1,10,3,100\n2,10,4,100\n01,010,5,300\n")

    assert len(rows(batches)) == 4
    (fault,) = report["faults"]
    assert (fault["kind"], fault["count"], fault["done"]) == ("duplicate", 2, "the latest stays")
    assert [line["line"] for line in fault["lines"]] == [2, 4]
    assert report["counts"]["ratings"] == {"read": 4, "written": 4, "left_out": 0}


def test_a_user_without_a_usable_rating_is_no_user(clean: Clean) -> None:
    batches, _ = clean(b"1,10,4,100\n7,99,4,100\n")

    assert batches[0].new_users == ["1"]


def test_without_a_file_of_movies_every_movie_is_new_once(clean: Clean) -> None:
    batches, report = clean(b"1,77,4,100\n1,78,4,100\n2,77,4,100\n", movies=None, block_bytes=12)

    assert [b.new_movies for b in batches] == [["77"], ["78"], []]
    assert [b.new_users for b in batches] == [["1"], [], ["2"]]
    assert report["faults"] == []


@pytest.mark.parametrize("block_bytes", [16, 50, 1_000_000])
def test_the_size_of_blocks_makes_no_difference(clean: Clean, block_bytes: int) -> None:
    lines = [f"{user},{movie},{user % 6},{100 + movie}" for user in range(30) for movie in (10, 20, 10, 99)]

    batches, report = clean("\n".join(lines).encode(), block_bytes=block_bytes)

    assert {fault["kind"]: fault["count"] for fault in report["faults"]} == {
        "unknown_movie": 30, "duplicate": 25, "scale": 15,
    }  # fmt: skip
    assert len(rows(batches)) == 75
    assert [line["line"] for fault in report["faults"] for line in fault["lines"] if fault["kind"] == "scale"] == [
        1, 2, 3, 25, 26,
    ]  # fmt: skip
