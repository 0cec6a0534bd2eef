from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.ingest.fetch.files import file_at
from services.ingest.forms.text import TextTable

ReadAll = Callable[[TextTable], dict[str, list[Any]]]
FIELDS = ("userId", "movieId", "rating")


def table(tmp_path: Path, content: bytes, **options: Any) -> TextTable:  # noqa: ANN401 - fields of a TextTable
    path = tmp_path / "table.txt"
    path.write_bytes(content)
    return TextTable(file_at(path), **{"fields": FIELDS, **options})


def test_a_table_with_a_header_gives_its_rows_and_their_lines(tmp_path: Path, read_all: ReadAll) -> None:
    found = read_all(table(tmp_path, b"u,m,r\n1,10,4.5\n2,20,3\n", has_header=True, quoted=True))

    assert found["userId"] == [b"1", b"2"]
    assert found["rating"] == [b"4.5", b"3"]
    assert found["line"] == [2, 3]


@pytest.mark.parametrize("separator", [b"\t", b"|", b"::", b",", b";"])
def test_every_separator_of_the_published_forms_is_read(tmp_path: Path, read_all: ReadAll, separator: bytes) -> None:
    lines = [separator.join(row) for row in ([b"1", b"10", b"4"], [b"2", b"20", b"3"])]

    found = read_all(table(tmp_path, b"\n".join(lines) + b"\n", separator=separator))

    assert found["movieId"] == [b"10", b"20"]


def test_fields_without_a_name_are_passed_over(tmp_path: Path, read_all: ReadAll) -> None:
    found = read_all(table(tmp_path, b"1::x::y::4\n", fields=("userId", "", "", "rating"), separator=b"::"))

    assert sorted(found) == ["line", "malformed", "rating", "userId"]
    assert found["rating"] == [b"4"]


def test_single_colons_in_a_title_are_part_of_it(tmp_path: Path, read_all: ReadAll) -> None:
    found = read_all(
        table(tmp_path, b"1::2001: A Space Odyssey (1968)::Sci-Fi\n", fields=("movieId", "title", ""), separator=b"::")
    )

    assert found["title"] == [b"2001: A Space Odyssey (1968)"]


@pytest.mark.parametrize("bad", [b"1,10", b"1,10,4,5", b"hello"])
@pytest.mark.parametrize("quoted", [True, False])
def test_a_line_with_the_wrong_number_of_fields_is_set_apart(
    tmp_path: Path, read_all: ReadAll, bad: bytes, quoted: bool
) -> None:
    found = read_all(table(tmp_path, b"1,10,4\n" + bad + b"\n2,20,3\n", quoted=quoted))

    assert found["userId"] == [b"1", b"2"]
    assert found["line"] == [1, 3]
    assert found["malformed"] == [(2, bad.decode())]


def test_empty_lines_are_passed_over_and_counted(tmp_path: Path, read_all: ReadAll) -> None:
    for content in (b"\n1,10,4\n\n\n2,20,3\n\n", b"\r\n1,10,4\r\n\r\n\r\n2,20,3\r\n\r\n"):
        found = read_all(table(tmp_path, content, quoted=True))

        assert found["line"] == [2, 5]
        assert found["rating"] == [b"4", b"3"]
        assert found["malformed"] == []


def test_windows_line_ends_and_a_missing_last_one_are_read(tmp_path: Path, read_all: ReadAll) -> None:
    found = read_all(table(tmp_path, b"1,10,4\r\n2,20,3"))

    assert found["rating"] == [b"4", b"3"]


def test_quoted_fields_may_hold_separators_quotes_and_line_ends(tmp_path: Path, read_all: ReadAll) -> None:
    content = b'1,"Good, the Bad",4\n2,"say ""hi""",3\n3,"two\nlines",2\n4,plain,1\nbad\n'

    found = read_all(table(tmp_path, content, quoted=True))

    assert found["movieId"] == [b"Good, the Bad", b'say "hi"', b"two\nlines", b"plain"]
    assert found["line"] == [1, 2, 3, 5]
    assert found["malformed"] == [(6, "bad")]


def test_a_quote_that_is_never_closed_costs_its_own_line_only(tmp_path: Path, read_all: ReadAll) -> None:
    good = b"".join(b"%d,10,4\n" % number for number in range(50))

    found = read_all(table(tmp_path, b'9,"open,4\n' + good, quoted=True))

    assert len(found["userId"]) == 50
    assert found["malformed"] == [(1, '9,"open,4')]
    assert found["line"] == list(range(2, 52))


@pytest.mark.parametrize("block_bytes", [8, 9, 10, 17, 64, 1_000_000])
def test_the_size_of_blocks_makes_no_difference(tmp_path: Path, read_all: ReadAll, block_bytes: int) -> None:
    rows = [(number, number * 7, number % 5) for number in range(40)]
    content = "u,m,r\n" + "".join(f"{u},{m},{r}\n" for u, m, r in rows)

    found = read_all(table(tmp_path, content.encode(), has_header=True, quoted=True, block_bytes=block_bytes))

    assert [int(value) for value in found["movieId"]] == [m for _, m, _ in rows]
    assert found["line"] == list(range(2, 42))


def test_a_record_of_several_lines_is_not_torn_between_blocks(tmp_path: Path, read_all: ReadAll) -> None:
    content = b'1,"a\nb\nc",4\n' * 30

    found = read_all(table(tmp_path, content, quoted=True, block_bytes=30))

    assert found["movieId"] == [b"a\nb\nc"] * 30
    assert found["line"] == list(range(1, 90, 3))
    assert found["malformed"] == []


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("length", [200, 201, 500, 1_000])
def test_a_line_that_is_far_too_long_makes_no_row_and_costs_no_other(
    tmp_path: Path, read_all: ReadAll, length: int, quoted: bool
) -> None:
    content = b"1,10,4\n" * 20 + b"x" * length + b"\n" + b"2,20,3\n" * 20

    found = read_all(table(tmp_path, content, block_bytes=100, quoted=quoted))

    assert found["userId"] == [b"1"] * 20 + [b"2"] * 20
    assert found["line"] == [*range(1, 21), *range(22, 42)]
    ((line, text),) = found["malformed"]
    assert line == 21
    assert set(text) == {"x"}


def test_a_file_without_line_ends_is_one_line_that_makes_no_row(tmp_path: Path, read_all: ReadAll) -> None:
    found = read_all(table(tmp_path, b"x" * 500, block_bytes=100))

    assert found["line"] == []
    assert found["malformed"] == [(1, "x" * 100)]
    fractions = [block.fraction for block in table(tmp_path, b"x" * 500, block_bytes=100).blocks()]
    assert fractions == [1.0]


def test_an_empty_file_has_no_rows(tmp_path: Path, read_all: ReadAll) -> None:
    assert read_all(table(tmp_path, b""))["line"] == []
    assert read_all(table(tmp_path, b"u,m,r\n", has_header=True))["line"] == []


def test_the_text_of_a_row_is_shown_as_it_stands(tmp_path: Path) -> None:
    block = next(table(tmp_path, b"u,m,r\n1,10,4\r\n2,caf\xe9,3\n", has_header=True).blocks())

    assert block.texts(np.array([0, 1])) == ["1,10,4", "2,caf\ufffd,3"]
    assert block.fraction == 1.0
