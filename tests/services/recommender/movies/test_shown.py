"""Cursors: short marks of what was shown."""

import json

import pytest

from services.recommender.movies.shown import MAX_CHARACTERS, MAX_SHOWN, Marks, make_cursor, read_cursor
from shared.errors import InvalidInputError


def text(marks: bytes) -> str:
    cursor: str = json.loads(make_cursor(marks))
    return cursor


def test_the_rows_of_a_cursor_are_found_in_another_catalogue_of_the_same_movies() -> None:
    here, there = Marks(["a", "b", "c"]), Marks(["c", "new", "a"])

    shown = read_cursor(text(here.each[0] + here.each[2]))

    assert sorted(there.rows(shown).tolist()) == [0, 2]


def test_a_mark_is_the_same_in_every_process() -> None:
    assert Marks(["a"]).each[0].hex() == "f4e169f8ee"  # BLAKE2b of five bytes


def test_movies_with_one_mark_are_all_left_out() -> None:
    marks = Marks(["a", "b"])
    marks._values[:] = marks._values[0]  # as if both had the same

    assert sorted(marks.rows(marks.each[marks._order[0]]).tolist()) == [0, 1]


def test_no_marks_are_no_rows_and_a_cursor() -> None:
    assert Marks([]).rows(b"").tolist() == []
    assert Marks(["a"]).rows(b"").tolist() == []
    assert read_cursor(text(b"")) == b""


def test_a_cursor_carries_a_thousand_movies_and_no_more() -> None:
    marks = Marks([str(n) for n in range(MAX_SHOWN + 1)])

    assert len(text(b"".join(marks.each[:MAX_SHOWN]))) <= MAX_CHARACTERS
    assert make_cursor(b"".join(marks.each)) == b"null"


@pytest.mark.parametrize("cursor", ["x", "AQID", "ä", "Ag", "!!!!", "AQ" + "A" * 6_700])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInputError, match="none of ours"):
        read_cursor(cursor)


def test_an_offset_beside_a_cursor_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="don't go together"):
        read_cursor(text(b""), offset=1)
