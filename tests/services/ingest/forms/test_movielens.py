"""Each published form, in small files laid out as published; the real ones are in test_job.py."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.ingest.fetch.files import folder_files
from services.ingest.forms.movielens import NAMES, movielens
from shared.errors import InvalidInputError
from shared.graph import Graph
from shared.schema import MOVIE, USER

WriteFiles = Callable[..., Path]
Ingest = Callable[..., dict[str, Any]]
Contents = Callable[[Graph], dict[str, list[tuple[Any, ...]]]]

FLAGS = "0|0|0|0|0|0|0|0|1|0|0|0|0|0|0|0|0|1|0"
ML_100K = {
    "u.data": "196\t242\t3\t881250949\n186\t1\t5\t891717742\n",
    "u.item": (
        "1|Toy Story (1995)|01-Jan-1995||http://x|0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
        f"242|Misérables, Les (1996)|01-Jan-1996||http://x|{FLAGS}\n"
        "267|unknown||||1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
    ).encode("latin-1"),
    "u.user": "196|49|M|writer|55105\n186|39|F|executive|00000\n",
    "u.genre": "unknown|0\nAction|1\n",
}
ML_1M = {
    "ratings.dat": "1::1193::5::978300760\n2::1::3::978302109\n",
    "movies.dat": (
        "1::Toy Story (1995)::Animation|Children's|Comedy\n"
        "1193::One Flew Over the Cuckoo's Nest (1975)::Drama\n"
        "1176::Double Life of Veronique, The (La Double Vie de Véronique) (1991)::Drama\n"
    ).encode("latin-1"),
    "users.dat": "1::F::1::10::48067\n2::M::56::16::70072\n",
    "README": "about",
}
ML_10M = {
    "ml-10M100K/ratings.dat": "1::122::5::838985046\n1::185::4.5::838983525\n",
    "ml-10M100K/movies.dat": "122::Boomerang (1992)::Comedy|Romance\n185::Nét, The (1995)::Action\n",
    "ml-10M100K/tags.dat": "15::122::excellent!::1215184630\n20::122::Excellent!::1188263867\n20::185::ü::1188263835\n",
}
ML_25M = {
    "ml-25m/ratings.csv": "userId,movieId,rating,timestamp\n1,1,0.5,1147880044\n1,2,3.5,1147868817\n",
    "ml-25m/movies.csv": (
        "movieId,title,genres\n1,Toy Story (1995),Adventure|Animation\n"
        '2,"City of Lost Children, The (Cité des enfants perdus, La) (1995)",(no genres listed)\n'
    ),
    "ml-25m/links.csv": "movieId,imdbId,tmdbId\n1,0114709,862\n2,0112682,\n",
    "ml-25m/tags.csv": 'userId,movieId,tag,timestamp\n3,1,classic,1439472355\n3,1,"sci-fi, so to say",1439472256\n',
    "ml-25m/genome-scores.csv": "movieId,tagId,relevance\n1,1,0.02875\n",
}


def test_100k_has_genres_by_flags_and_people_in_words(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    report = ingest_source(write_files("ml-100k", ML_100K))

    found = contents(sqlite_graph)
    assert report["form"] == "MovieLens 100K"
    assert report["faults"] == []
    assert found["RATED"] == [("186", "1", 5.0, 891_717_742_000), ("196", "242", 3.0, 881_250_949_000)]
    assert found["IN_GENRE"] == [
        ("1", "Animation"), ("1", "Children's"), ("1", "Comedy"), ("242", "Drama"), ("242", "War"),
    ]  # fmt: skip
    assert sqlite_graph.read_record(USER, "196") == {
        "userId": "196", "gender": "M", "age": 49, "occupation": "writer",
    }  # fmt: skip
    movie = sqlite_graph.read_record(MOVIE, "242")
    assert movie is not None
    assert (movie["title"], movie["year"]) == ("Les Misérables", 1996)
    assert found["RELEASED_IN"] == [("1", "1995"), ("242", "1996")]


def test_1m_has_codes_of_ages_and_occupations_decoded(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    report = ingest_source(write_files("ml-1m", ML_1M))

    found = contents(sqlite_graph)
    assert report["form"] == "MovieLens 1M"
    assert report["faults"] == []
    assert found["User"] == [
        ("1", "F", "K-12 student", 17), ("2", "M", "self-employed", 56),
    ]  # fmt: skip
    assert found["RATED"] == [("1", "1193", 5.0, 978_300_760_000), ("2", "1", 3.0, 978_302_109_000)]
    movie = sqlite_graph.read_record(MOVIE, "1176")
    assert movie is not None
    assert movie["title"] == "The Double Life of Veronique (La Double Vie de Véronique)"


def test_10m_has_half_stars_and_tags_and_its_own_folder(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    report = ingest_source(write_files("ml-10m", ML_10M))

    found = contents(sqlite_graph)
    assert report["form"] == "MovieLens 10M"
    assert report["faults"] == []
    assert found["RATED"] == [("1", "122", 5.0, 838_985_046_000), ("1", "185", 4.5, 838_983_525_000)]
    assert found["HAS_TAG"] == [("122", "excellent!", 2), ("185", "ü", 1)]


def test_csv_has_links_tags_and_half_stars(
    write_files: WriteFiles, ingest_source: Ingest, sqlite_graph: Graph, contents: Contents
) -> None:
    report = ingest_source(write_files("ml-25m", ML_25M))

    found = contents(sqlite_graph)
    assert report["form"] == "MovieLens CSV"
    assert report["faults"] == []
    assert report["counts"]["tags"] == {"read": 2, "written": 2, "left_out": 0}
    assert found["RATED"] == [("1", "1", 0.5, 1_147_880_044_000), ("1", "2", 3.5, 1_147_868_817_000)]
    assert sqlite_graph.read_record(MOVIE, "1") == {
        "movieId": "1", "title": "Toy Story", "year": 1995, "imdbId": "tt0114709", "tmdbId": "862",
        "posterPath": None, "language": None, "properties": None,
    }  # fmt: skip
    assert sqlite_graph.read_record(MOVIE, "2") == {
        "movieId": "2", "title": "The City of Lost Children (La Cité des enfants perdus)", "year": 1995,
        "imdbId": "tt0112682", "tmdbId": None, "posterPath": None, "language": None, "properties": None,
    }  # fmt: skip
    assert found["IN_GENRE"] == [("1", "Adventure"), ("1", "Animation")], "no genres listed is no genre"
    assert found["HAS_TAG"] == [("1", "classic", 1), ("1", "sci-fi, so to say", 1)]


@pytest.mark.parametrize(("files", "missing"), [(ML_100K, "u.data"), (ML_1M, "ratings.dat"), (ML_1M, "movies.dat")])
def test_a_form_without_one_of_its_files_is_refused_by_that_files_name(
    write_files: WriteFiles, files: dict[str, str | bytes], missing: str
) -> None:
    folder = write_files("part", {name: content for name, content in files.items() if name != missing})

    with pytest.raises(InvalidInputError, match=rf"part holds .* of MovieLens .*, but the file {missing} is missing"):
        movielens(folder_files(folder), "part")


def test_the_real_1m_folder_lacks_its_ratings(datasets: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"MovieLens 1M, but the file ratings\.dat is missing"):
        movielens(folder_files(datasets / "ml-1m"), "ml-1m")


def test_a_folder_of_something_else_is_refused(write_files: WriteFiles) -> None:
    folder = write_files("cats", {"cats.jpg": "x"})

    with pytest.raises(InvalidInputError, match=r"cats holds no data set that is known: .*but cats\.jpg"):
        movielens(folder_files(folder), "cats")


def test_a_folder_of_several_data_sets_is_refused(write_files: WriteFiles) -> None:
    folder = write_files("both", {**ML_10M, **ML_25M})

    with pytest.raises(InvalidInputError, match="several data sets: ml-10M100K, ml-25m"):
        movielens(folder_files(folder), "both")


def test_what_macos_adds_to_a_zip_is_no_second_data_set(write_files: WriteFiles) -> None:
    added = {f"__MACOSX/{Path(name).name}": "about it" for name in ML_25M}
    folder = write_files("mac", {**ML_25M, **added})

    assert movielens(folder_files(folder), "mac").form == "MovieLens CSV"


def test_wrong_columns_are_refused(write_files: WriteFiles) -> None:
    folder = write_files("ml", {**ML_25M, "ml-25m/ratings.csv": "user,movie,stars\n1,1,5\n"})

    with pytest.raises(
        InvalidInputError, match=r"ratings\.csv has no column 'userId', 'movieId', 'rating', 'timestamp'"
    ):
        movielens(folder_files(folder), "ml")


def test_all_published_names_are_known() -> None:
    assert {
        "ml-100k", "ml-1m", "ml-10m", "ml-20m", "ml-25m", "ml-32m", "ml-latest", "ml-latest-small",
    } == NAMES  # fmt: skip
