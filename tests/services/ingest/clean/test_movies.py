from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.ingest.clean.movies import Movie, read_movies
from services.ingest.clean.report import Report
from services.ingest.fetch.files import folder_files
from services.ingest.forms.movielens import movielens
from shared.names import imdb_id

ReadMovies = Callable[..., tuple[dict[str, Movie], list[dict[str, Any]]]]


@pytest.fixture
def read(write_files: Callable[..., Path]) -> ReadMovies:
    def read_(movies: bytes | str, links: str | None = None) -> tuple[dict[str, Movie], list[dict[str, Any]]]:
        files = {"movies.csv": movies, "ratings.csv": "userId,movieId,rating,timestamp\n"}
        folder = write_files("ml", files | ({"links.csv": links} if links else {}))
        report = Report("ml", "CSV")
        found = read_movies(movielens(folder_files(folder), "ml"), report, lambda _: None)
        assert found is not None
        faults: list[dict[str, Any]] = report.result()["faults"]
        return found, faults

    return read_


def test_a_movie_without_a_title_is_kept_because_it_has_ratings(read: ReadMovies) -> None:
    movies, faults = read("movieId,title,genres\n1,,Drama\n2,Ran (1985),\n")

    assert movies["1"].title is None
    assert movies["1"].genres == ["Drama"]
    assert [(f["kind"], f["done"], f["lines"][0]["line"]) for f in faults] == [("missing", "mended", 2)]


def test_rows_without_a_usable_id_are_left_out(read: ReadMovies) -> None:
    movies, faults = read("movieId,title,genres\n,Ran (1985),\nx7,Ran (1985),\n3,Ran (1985),\n4,Ran\n")

    assert list(movies) == ["3"]
    assert {(f["kind"], f["done"], f["count"]) for f in faults} == {
        ("missing", "left out", 1), ("id", "left out", 1), ("fields", "left out", 1),
    }  # fmt: skip


def test_of_two_rows_with_one_id_the_last_stays(read: ReadMovies) -> None:
    movies, faults = read("movieId,title,genres\n1,Old (1990),\n1,New (1991),\n")

    assert (movies["1"].title, movies["1"].year) == ("New", 1991)
    assert [(f["kind"], f["done"], f["lines"][0]["line"]) for f in faults] == [("duplicate", "the last stays", 3)]


def test_bytes_of_another_encoding_are_mended_and_reported_with_their_line(read: ReadMovies) -> None:
    movies, faults = read(b"movieId,title,genres\n1,Am\xe9lie (2001),\n2,Ran (1985),\n")

    assert movies["1"].title == "Amélie"
    (fault,) = faults
    assert (fault["kind"], fault["done"], fault["count"]) == ("encoding", "mended", 1)
    assert fault["lines"] == [{"file": "movies.csv", "line": 2, "text": "1,Am\ufffdlie (2001),"}]


def test_genres_that_are_none_are_left_away_and_each_stands_once(read: ReadMovies) -> None:
    movies, faults = read("movieId,title,genres\n1,A,(no genres listed)\n2,B,Drama|Drama| War |\n")

    assert movies["1"].genres == []
    assert movies["2"].genres == ["Drama", "War"]
    assert faults == []


def test_a_genre_that_can_be_no_node_is_reported(read: ReadMovies) -> None:
    movies, faults = read(f"movieId,title,genres\n1,A,Drama|{'x' * 129}\n")

    assert movies["1"].genres == ["Drama"]
    assert [(f["kind"], f["done"]) for f in faults] == [("id", "mended")]


def test_links_are_added_and_faulty_ones_reported(read: ReadMovies) -> None:
    movies, faults = read(
        "movieId,title,genres\n1,A,\n2,B,\n3,C,\n",
        "movieId,imdbId,tmdbId\n1,0114709,862\n2,0113497,\n3,abc,15602\n99,0000001,1\n",
    )

    assert [(m.imdb_id, m.tmdb_id) for m in movies.values()] == [
        ("tt0114709", "862"), ("tt0113497", None), (None, "15602"),
    ]  # fmt: skip
    assert {(f["table"], f["kind"], f["done"], f["lines"][0]["line"]) for f in faults} == {
        ("links", "id", "mended", 4), ("links", "unknown_movie", "left out", 5),
    }  # fmt: skip


def test_a_year_that_is_no_number_is_reported(read: ReadMovies) -> None:
    movies, faults = read("movieId,title,year,genres\na,Heat (1995),1995,\nb,Ran,MCMLXXXV,\n")

    assert [(m.title, m.year) for m in movies.values()] == [("Heat (1995)", 1995), ("Ran", None)]
    assert [(f["kind"], f["done"]) for f in faults] == [("number", "mended")]


@pytest.mark.parametrize("year", ["0", "1869", "2101", "999999999"])
def test_a_year_in_which_no_film_was_made_is_reported(read: ReadMovies, year: str) -> None:
    movies, faults = read(f"movieId,title,year\na,Ran,{year}\n")

    assert movies["a"].year is None
    assert [(f["kind"], f["done"]) for f in faults] == [("number", "mended")]


@pytest.mark.parametrize("ids", ["ttxx,862", "0114709,12a"])
def test_ids_that_are_none_in_the_file_of_movies_are_reported(read: ReadMovies, ids: str) -> None:
    movies, faults = read(f"movieId,title,imdbId,tmdbId\n1,A,{ids}\n2,B,,\n")

    assert (movies["1"].imdb_id is None) != (movies["1"].tmdb_id is None)
    assert [(f["kind"], f["done"], f["lines"][0]["line"]) for f in faults] == [("id", "mended", 2)]


def test_a_person_who_is_named_twice_keeps_the_first_place(read: ReadMovies) -> None:
    movies, _ = read("movieId,title,actors\n1,A,Lead|Second|LEAD|Third\n")

    assert movies["1"].actors == ["Lead", "Second", "Third"]


def test_what_a_file_has_no_column_for_is_not_told_and_an_empty_field_tells_of_none(read: ReadMovies) -> None:
    movies, _ = read("movieId,title,genres\n1,A,\n")

    assert (movies["1"].genres, movies["1"].directors, movies["1"].actors) == ([], None, None)


def test_progress_grows_through_movies_and_links(write_files: Callable[..., Path]) -> None:
    files = {
        "movies.csv": "movieId,title,genres\n1,A,\n",
        "links.csv": "movieId,imdbId,tmdbId\n1,1,1\n",
        "ratings.csv": "userId,movieId,rating,timestamp\n",
    }
    seen: list[float] = []

    read_movies(movielens(folder_files(write_files("ml", files)), "ml"), Report("ml", "CSV"), seen.append)

    assert seen == [0.5, 1.0]


@pytest.mark.parametrize(
    ("text", "id_"),
    [("0114709", "tt0114709"), ("114709", "tt0114709"), ("tt10872600", "tt10872600"), ("x", None), (None, None)],
)
def test_imdb_ids_take_imdbs_form(text: str | None, id_: str | None) -> None:
    assert imdb_id(text) == id_
