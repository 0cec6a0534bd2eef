from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.ingest.clean.report import Report
from services.ingest.clean.users import User, read_users
from services.ingest.fetch.files import folder_files
from services.ingest.forms.movielens import movielens

ReadUsers = Callable[[dict[str, str]], tuple[dict[str, User], list[dict[str, Any]]]]


@pytest.fixture
def read(write_files: Callable[..., Path]) -> ReadUsers:
    def read_(files: dict[str, str]) -> tuple[dict[str, User], list[dict[str, Any]]]:
        report = Report("ml", "form")
        users = read_users(movielens(folder_files(write_files("ml", files)), "ml"), report, lambda _: None)
        faults: list[dict[str, Any]] = report.result()["faults"]
        return users, faults

    return read_


@pytest.mark.parametrize(
    ("code", "age"), [("1", 17), ("18", 18), ("25", 25), ("35", 35), ("45", 45), ("50", 50), ("56", 56)]
)
def test_1m_codes_of_ages_become_years(read: ReadUsers, code: str, age: int) -> None:
    users, faults = read({"users.dat": f"1::F::{code}::20::48067\n", "ratings.dat": "", "movies.dat": ""})

    assert users == {"1": User("F", age, "writer")}
    assert faults == []


def test_faulty_rows_of_users_are_reported(read: ReadUsers) -> None:
    rows = ["1|24|M|writer|85711", "x|24|M|writer|85711", "3|old|F|artist|1", "1|25|M|artist|2", "5|30|F"]

    users, faults = read({"u.user": "\n".join(rows), "u.data": "", "u.item": ""})

    assert users == {"1": User("M", 25, "artist"), "3": User("F", None, "artist")}
    assert {(f["kind"], f["done"], f["lines"][0]["line"]) for f in faults} == {
        ("id", "left out", 2), ("number", "mended", 3), ("duplicate", "the last stays", 4), ("fields", "left out", 5),
    }  # fmt: skip


def test_a_code_that_stands_for_no_age_is_reported(read: ReadUsers) -> None:
    users, faults = read({"users.dat": "1::F::33::20::48067\n", "ratings.dat": "", "movies.dat": ""})

    assert users == {"1": User("F", None, "writer")}
    assert [f["kind"] for f in faults] == ["number"]


def test_a_code_that_stands_for_no_occupation_is_reported(read: ReadUsers) -> None:
    users, faults = read({"users.dat": "1::F::25::99::48067\n", "ratings.dat": "", "movies.dat": ""})

    assert users == {"1": User("F", 25, None)}
    assert [(f["kind"], f["done"]) for f in faults] == [("number", "mended")]


def test_forms_without_users_have_none(read: ReadUsers) -> None:
    assert read({"ratings.dat": "", "movies.dat": ""}) == ({}, [])
