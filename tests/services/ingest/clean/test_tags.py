from collections.abc import Callable
from pathlib import Path

import pytest

from services.ingest.clean.report import Report
from services.ingest.clean.tags import TagCounter
from services.ingest.fetch.files import file_at
from services.ingest.forms.ids import decimal_id
from services.ingest.forms.text import TextTable

Count = Callable[[bytes], TagCounter]


@pytest.fixture
def count(tmp_path: Path) -> Count:
    def count_(lines: bytes) -> TagCounter:
        (tmp_path / "tags.csv").write_bytes(lines)
        counter = TagCounter(["1", "2"], decimal_id, Report("ml", "form"))
        table = TextTable(file_at(tmp_path / "tags.csv"), ("", "movieId", "tag", ""), quoted=True, block_bytes=256)
        for block in table.blocks():
            counter.add(block)
        return counter

    return count_


def rows(counter: TagCounter, size: int = 100) -> list[tuple[str, str, int]]:
    return sorted(
        row for movies, tags, counts in counter.batches(size) for row in zip(movies, tags, counts.tolist(), strict=True)
    )


def test_each_tag_of_a_movie_is_counted_however_it_is_typed(count: Count) -> None:
    counter = count(b'5,1,Sci-Fi,0\n6,1, sci-fi,0\n6,2,"Twist, ending",0\n7,1,SCI-FI,0\n7,1,slow,0\n')

    assert rows(counter) == [("1", "sci-fi", 3), ("1", "slow", 1), ("2", "twist, ending", 1)]
    assert rows(counter, size=1) == rows(counter)


def test_faulty_tags_are_reported_and_left_out(count: Count) -> None:
    counter = count(b"5,9,dark,0\n5,1,,0\n5,x,dark,0\n5,1,\xff,0\n5,1," + b"x" * 129 + b",0\n5,1\n5,2,dark,0\n")

    assert rows(counter) == [("2", "dark", 1)]
    assert {fault["kind"]: fault["lines"][0]["line"] for fault in counter.report.result()["faults"]} == {
        "unknown_movie": 1, "missing": 2, "id": 3, "encoding": 4, "fields": 6,
    }  # fmt: skip
    assert counter.report.result()["counts"]["tags"] == {"read": 7, "written": 1, "left_out": 6}


def test_a_tag_of_unknown_movies_alone_is_no_tag(count: Count) -> None:
    counter = count(b"5,9,lonely,0\n5,1,dark,0\n")

    assert list(counter.tags) == ["dark"]


def test_no_tags_give_no_batches(count: Count) -> None:
    assert rows(count(b"")) == []
