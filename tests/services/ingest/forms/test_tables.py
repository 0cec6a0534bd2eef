from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from shared.errors import InvalidInputError
from shared.graph import Graph
from shared.schema import MISSING_INT

WriteFiles = Callable[..., Path]
Ingest = Callable[..., dict[str, Any]]
Contents = Callable[[Graph], dict[str, list[tuple[Any, ...]]]]
MOMENT = 1_620_284_889_000  # 2021-05-06 07:08:09 UTC
RATED = [("anna", "tt01", 8.0, MOMENT), ("bob", "tt02", 2.5, MOMENT + 1_000)]
COLUMNS = {
    "userId": "who", "rating": "stars", "ratedAt": "when", "title": "name", "year": "from", "genres": "kinds",
}  # fmt: skip


def test_csv_with_columns_of_other_names_is_read(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    folder = write_files(
        "shop",
        {
            "stars.csv": (
                "when,who,movieId,stars\n2021-05-06T07:08:09Z,anna,tt01,8\n2021-05-06T07:08:10Z,bob,tt02,2.5\n"
            ),
            "films.csv": (
                'movieId,name,from,kinds,tongue,other\ntt01,"Ran, indeed",1985,Drama|War,ja,99\ntt02,Ikiru (1952),,,,\n'
            ),
        },
    )

    report = ingest_source(
        folder / "stars.csv",
        movies=str(folder / "films.csv"),
        columns=COLUMNS | {"language": "tongue"},
        min_rating=1,
        max_rating=10,
    )

    found = contents(sqlite_graph)
    assert report["form"] == "CSV stars.csv and CSV films.csv"
    assert report["faults"] == []
    assert found["RATED"] == RATED
    assert found["Movie"] == [
        ("tt01", "Ran, indeed", None, None, None, "ja", None, 1985),
        ("tt02", "Ikiru (1952)", None, None, None, None, None, MISSING_INT),
    ]  # fmt: skip
    assert found["IN_GENRE"] == [("tt01", "Drama"), ("tt01", "War")]


def test_parquet_is_read_as_csv_is(
    tmp_path: Path, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    moments = [datetime(2021, 5, 6, 7, 8, second, tzinfo=UTC) for second in (9, 10)]
    ratings = pa.table({"who": ["anna", "bob"], "movieId": ["tt01", "tt02"], "stars": [8, 2.5], "when": moments})
    movies = pa.table(
        {"movieId": ["tt01", "tt02"], "name": ["Ran", "Ikiru"], "from": [1985, None], "kinds": [["Drama"], None]}
    )
    pyarrow.parquet.write_table(ratings, tmp_path / "stars.parquet")
    pyarrow.parquet.write_table(movies, tmp_path / "films.parquet")

    report = ingest_source(
        tmp_path / "stars.parquet", movies=str(tmp_path / "films.parquet"), columns=COLUMNS, min_rating=1, max_rating=10
    )

    found = contents(sqlite_graph)
    assert report["faults"] == []
    assert found["RATED"] == RATED
    assert found["Movie"] == [
        ("tt01", "Ran", None, None, None, None, None, 1985),
        ("tt02", "Ikiru", None, None, None, None, None, MISSING_INT),
    ]
    assert found["IN_GENRE"] == [("tt01", "Drama")]


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_the_separator_is_found_by_itself(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents, separator: str
) -> None:
    lines = ["userId,movieId,rating,timestamp", "1,10,4.5,1620284889"]
    folder = write_files("shop", {"ratings.csv": "\n".join(lines).replace(",", separator)})

    ingest_source(folder / "ratings.csv")

    assert contents(sqlite_graph)["RATED"] == [("1", "10", 4.5, MOMENT)]


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_a_header_in_quotes_is_split_by_its_own_separator(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents, separator: str
) -> None:
    text = '"userId","movieId","rating"\n"a","x","4"\n'.replace(",", separator)

    report = ingest_source(write_files("shop", {"ratings.csv": text}) / "ratings.csv")

    assert report["faults"] == []
    assert contents(sqlite_graph)["RATED"] == [("a", "x", 4.0, MISSING_INT)]


@pytest.mark.usefixtures("nothing_written")
def test_a_header_that_no_separator_splits_is_refused(write_files: WriteFiles, ingest_source: Ingest) -> None:
    folder = write_files("shop", {"ratings.csv": '"userId,movieId,rating\na,x,4\n'})

    with pytest.raises(InvalidInputError, match="should name its columns; it begins"):
        ingest_source(folder / "ratings.csv")


@pytest.mark.usefixtures("nothing_written")
def test_a_parquet_file_damaged_in_a_late_row_group_is_refused_before_anything_is_written(
    tmp_path: Path, ingest_source: Ingest
) -> None:
    path = tmp_path / "ratings.parquet"
    rows = 210_000  # more than one batch
    columns = {"userId": [str(n % 900) for n in range(rows)], "movieId": ["m"] * rows, "rating": [4.0] * rows}
    pyarrow.parquet.write_table(pa.table(columns), path, row_group_size=70_000)
    start = pyarrow.parquet.ParquetFile(path).metadata.row_group(2).column(0).dictionary_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + 200] = b"\xff" * 200
    path.write_bytes(bytes(content))

    with pytest.raises(InvalidInputError, match=r"ratings\.parquet can't be read"):
        ingest_source(path)


def test_without_times_and_movies_the_ratings_are_all_there_is(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    folder = write_files("shop", {"ratings.csv": "userId,movieId,rating\nu1,m1,5\nu2,m1,1\nu2,m2,3\nu1,m1,4\n"})

    report = ingest_source(folder / "ratings.csv")

    found = contents(sqlite_graph)
    assert found["RATED"] == [
        ("u1", "m1", 4.0, MISSING_INT), ("u2", "m1", 1.0, MISSING_INT), ("u2", "m2", 3.0, MISSING_INT),
    ]  # fmt: skip
    assert [key for key, *_ in found["Movie"]] == ["m1", "m2"]
    assert [(fault["kind"], fault["count"]) for fault in report["faults"]] == [("duplicate", 1)]


def test_ids_of_other_sources_are_taken_as_they_stand(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    folder = write_files("shop", {"ratings.csv": "userId,movieId,rating\n007,Ünïcode 映画,5\n"})

    ingest_source(folder / "ratings.csv")

    assert contents(sqlite_graph)["RATED"] == [("007", "Ünïcode 映画", 5.0, MISSING_INT)]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, r"ratings\.csv has no column 'userId', 'rating'; it has 'who', 'movieId', 'stars'"),
        (
            {"columns": {"userId": "who", "rating": "points"}},
            r"'points', given for rating, does not exist: ratings\.csv",
        ),
        ({"columns": {"userid": "who"}}, "There is no column 'userid' to map; there are userId, movieId"),
        ({"columns": {"userId": "who", "rating": "who"}}, "one column is given for two of ours"),
        ({"columns": {"userId": "who", "rating": "stars"}, "movies": "films.csv"}, r"films\.csv has no column 'title'"),
        ({"columns": {"userId": "who", "rating": "stars"}, "min_rating": 5, "max_rating": 1}, "from 5 to 1 holds no"),
    ],
)
@pytest.mark.usefixtures("nothing_written")
def test_wrong_columns_and_scales_are_refused_and_nothing_is_written(
    write_files: WriteFiles, ingest_source: Ingest, asked: dict[str, Any], message: str
) -> None:
    folder = write_files("shop", {"ratings.csv": "who,movieId,stars\na,1,5\n", "films.csv": "movieId,name\n1,Ran\n"})
    if "movies" in asked:
        asked = {**asked, "movies": str(folder / asked["movies"])}

    with pytest.raises(InvalidInputError, match=message):
        ingest_source(folder / "ratings.csv", **asked)


def test_a_file_of_another_kind_is_refused(write_files: WriteFiles, ingest_source: Ingest) -> None:
    folder = write_files("shop", {"ratings.xlsx": "x"})

    with pytest.raises(InvalidInputError, match=r"ratings\.xlsx is neither CSV .* nor Parquet"):
        ingest_source(folder / "ratings.xlsx")


def test_a_parquet_column_of_lists_can_be_no_id(tmp_path: Path, ingest_source: Ingest) -> None:
    pyarrow.parquet.write_table(
        pa.table({"userId": [{"id": 1}], "movieId": ["1"], "rating": [5]}), tmp_path / "r.parquet"
    )

    with pytest.raises(InvalidInputError, match="has no column 'userId'"):
        ingest_source(tmp_path / "r.parquet")
