"""Declared properties of movies in CSV and Parquet: read by their types, kept beside those that are there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from shared.graph import Graph
from shared.movies import MovieChange, put_movies, read_movie
from shared.own_properties import OwnType, declare, read_text

RATINGS = "userId,movieId,rating\nu,1,4\nu,2,3\n"
MOVIES = (
    "movieId,title,studio,oscars,score10,isShort,platforms,undeclared\n"
    "1,Heat,Warner,0,8.3,no,HBO|Arte,x\n"
    "2,Ran,,two,,TRUE,,y\n"
)  # fmt: skip
DECLARED = {
    "studio": OwnType.STRING,
    "oscars": OwnType.INT,
    "score10": OwnType.FLOAT,
    "isShort": OwnType.BOOL,
    "platforms": OwnType.STRINGS,
}
HEAT = {"studio": "Warner", "oscars": 0, "score10": 8.3, "isShort": False, "platforms": ["HBO", "Arte"]}

WriteFiles = Callable[[str, Mapping[str, str | bytes]], Path]


@pytest.fixture
def declared(sqlite_graph: Graph) -> Graph:
    for name, type_ in DECLARED.items():
        declare(sqlite_graph, name, type_)
    return sqlite_graph


def test_columns_that_are_declared_become_properties(
    declared: Graph, write_files: WriteFiles, ingest_source: Callable[..., dict[str, Any]]
) -> None:
    put_movies(declared, [MovieChange("2", properties={"studio": "Toho"})], creates=True)
    folder = write_files("own", {"r.csv": RATINGS, "m.csv": MOVIES})

    report = ingest_source(folder / "r.csv", movies=str(folder / "m.csv"))

    assert read_movie(declared, "1").properties == HEAT
    assert read_movie(declared, "2").properties == {"studio": "Toho", "isShort": True}
    (fault,) = report["faults"]
    assert (fault["kind"], fault["done"], fault["lines"][0]["line"]) == ("number", "mended", 3)


def test_parquet_brings_properties_with_types_of_its_own(
    declared: Graph, write_files: WriteFiles, ingest_source: Callable[..., dict[str, Any]]
) -> None:
    folder = write_files("own", {"r.csv": RATINGS})
    table = pa.table({"movieId": ["1"], "title": ["Heat"], **{name: [value] for name, value in HEAT.items()}})
    pyarrow.parquet.write_table(table, folder / "m.parquet")

    report = ingest_source(folder / "r.csv", movies=str(folder / "m.parquet"), columns={"oscars": "oscars"})

    assert read_movie(declared, "1").properties == HEAT
    assert [fault["kind"] for fault in report["faults"]] == ["unknown_movie"]


def test_a_folder_of_csv_files_may_have_them_too(
    declared: Graph, write_files: WriteFiles, ingest_source: Callable[..., dict[str, Any]]
) -> None:
    movies = "movieId,title,year,oscars\n1,Heat,1995,3\n2,Ran,1985,\n"
    folder = write_files("own", {"ratings.csv": "userId,movieId,rating,timestamp\nu,1,4,1\n", "movies.csv": movies})

    ingest_source(folder)

    assert read_movie(declared, "1").properties == {"oscars": 3}
    assert read_movie(declared, "2").properties == {}


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (OwnType.INT, "1_000"),
        (OwnType.INT, "9" * 30),
        (OwnType.FLOAT, "nan"),
        (OwnType.FLOAT, "inf"),
        (OwnType.BOOL, "maybe"),
        (OwnType.STRING, "x" * 1_001),
        (OwnType.STRINGS, "|".join(map(str, range(101)))),
    ],
)
def test_a_text_that_is_no_such_value_is_none(type_: OwnType, text: str) -> None:
    assert read_text(type_, text) is None
