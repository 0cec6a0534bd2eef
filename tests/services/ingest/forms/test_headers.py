from collections.abc import Callable
from pathlib import Path

import pytest

from services.ingest.fetch.files import file_at
from services.ingest.forms.headers import headed_table
from shared.errors import InvalidInputError

OURS = {"user": "userId", "movie": "movieId"}
BOTH = ("userId", "movieId")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    def write_(content: bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(content)
        return path

    return write_


def test_columns_are_found_by_name_in_any_order(write: Callable[[bytes], Path]) -> None:
    path = write(b'\xef\xbb\xbfmovie,"other, one", user \r\n10,x,1\r\n')

    table = headed_table(file_at(path), OURS, BOTH)

    assert table.fields == ("movieId", "", "userId")
    block = next(table.blocks())
    assert block.columns["userId"].to_pylist() == [b"1"]
    assert block.lines.tolist() == [2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; its first line should name its columns"),
        (b"\n1,2\n", "is empty"),
        (b"user,film\n1,2\n", r"table\.csv has no column 'movie'; it has 'user', 'film'"),
        (b"user,movie,user\n1,2,3\n", "names the column 'user' twice"),
        (b'user,"movie\n1,2\n', "should name its columns; it begins"),
        (b"x" * 70_000, "should name its columns"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(write: Callable[[bytes], Path], content: bytes, message: str) -> None:
    path = write(content)

    with pytest.raises(InvalidInputError, match=message):
        headed_table(file_at(path), OURS, BOTH)
