from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from services.ingest.forms.parquet import ParquetTable, parquet_columns
from shared.errors import InvalidInputError


def write(tmp_path: Path, **columns: Any) -> Path:  # noqa: ANN401 - values of any column
    path = tmp_path / "ratings.parquet"
    pyarrow.parquet.write_table(pa.table(columns), path)
    return path


def test_rows_come_with_their_numbers(tmp_path: Path, read_all: Callable[..., dict[str, list[Any]]]) -> None:
    path = write(tmp_path, user=["a", "b"], film=[1, 2], stars=[4.5, None])

    found = read_all(ParquetTable(path, {"userId": "user", "movieId": "film", "rating": "stars"}))

    assert found["userId"] == ["a", "b"]
    assert found["rating"] == [4.5, None]
    assert found["line"] == [1, 2]


def test_lists_and_dictionaries_are_read_as_text(tmp_path: Path, read_all: Callable[..., dict[str, list[Any]]]) -> None:
    path = write(tmp_path, genres=[["Drama", "War"], None], title=pa.array(["Ran", "Ran"]).dictionary_encode())

    found = read_all(ParquetTable(path, {"genres": "genres", "title": "title"}))

    assert found["genres"] == ["Drama|War", None]
    assert found["title"] == ["Ran", "Ran"]


def test_the_text_of_a_row_names_its_columns(tmp_path: Path) -> None:
    path = write(tmp_path, user=["a", "b"], stars=[4.5, 9.0])
    block = next(ParquetTable(path, {"userId": "user", "rating": "stars"}).blocks())

    assert block.texts(np.array([1])) == ["user=b, stars=9.0"]


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, user=["a"] * 1_000)
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(InvalidInputError, match=r"ratings\.parquet is no whole Parquet file"):
        parquet_columns(path)


def test_a_damaged_page_is_refused_with_the_row(tmp_path: Path) -> None:
    path = write(tmp_path, user=[f"user {number}" for number in range(1_000)])
    content = bytearray(path.read_bytes())
    content[4:400] = b"\xff" * 396
    path.write_bytes(bytes(content))

    with pytest.raises(InvalidInputError, match="can't be read after row 0"):
        list(ParquetTable(path, {"userId": "user"}).blocks())


def test_damage_in_a_late_row_group_is_found_by_verifying(tmp_path: Path) -> None:
    path = tmp_path / "ratings.parquet"
    columns = pa.table({"user": [f"user {number}" for number in range(4_000)], "other": list(range(4_000))})
    pyarrow.parquet.write_table(columns, path, row_group_size=1_000)
    whole = ParquetTable(path, {"userId": "user"})
    seen: list[float] = []
    whole.verify(seen.append)
    assert seen[-1] == 1.0

    start = pyarrow.parquet.ParquetFile(path).metadata.row_group(3).column(0).dictionary_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + 200] = b"\xff" * 200
    path.write_bytes(bytes(content))

    with pytest.raises(InvalidInputError, match="can't be read after row"):
        whole.verify(lambda _: None)
    ParquetTable(path, {"number": "other"}).verify(lambda _: None)


def test_columns_of_structs_are_not_offered(tmp_path: Path) -> None:
    assert parquet_columns(write(tmp_path, a=[1], b=[{"x": 1}])) == ["a"]
