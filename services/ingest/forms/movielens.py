"""The published forms of MovieLens, recognised by their files.

| form | files | fields | ratings |
| --- | --- | --- | --- |
| 100K | `u.data`, `u.item`, `u.user` | tabs, and `|` | 1, 2 … 5 |
| 1M | `ratings.dat`, `movies.dat`, `users.dat` | `::` | 1, 2 … 5 |
| 10M | `ratings.dat`, `movies.dat`, `tags.dat` | `::` | 0.5, 1 … 5 |
| 20M, 25M, 32M, latest | `ratings.csv`, `movies.csv`, `links.csv`, `tags.csv` | CSV | 0.5, 1 … 5 |

A folder of CSV files whose `movies.csv` has a column `year` (and perhaps `directors` and `actors`), such as the
built-in sample, is read in the same way; its ids need not be numbers, and its ratings need no steps.

Ratings and movies must be there, the others may be missing. The forms from before 2009 are in Latin-1 (10M in UTF-8).
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from services.ingest.fetch.files import Files, SourceFile
from services.ingest.forms.dataset import ANY_STARS, HALF_STARS, MOVIE_COLUMNS, WHOLE_STARS, Dataset
from services.ingest.forms.headers import headed_table
from services.ingest.forms.ids import decimal_id, free_id
from services.ingest.forms.text import TextTable
from shared.errors import InvalidInputError
from shared.jobs import SOURCE_NAMES
from shared.own_properties import NONE_DECLARED, Declared

NAMES: Final = frozenset(SOURCE_NAMES) - {"sample"}
"""What can be downloaded by name."""
KNOWN_FILES: Final = frozenset(
    {
        *("u.data", "u.item", "u.user"),
        *("ratings.dat", "movies.dat", "users.dat", "tags.dat"),
        *("ratings.csv", "movies.csv", "links.csv", "tags.csv"),
    }
)
_MAC: Final = "__MACOSX"  # what macOS adds to a zip: data about the files, under their names
# In the order of the flags in u.item. The README calls the first "unknown", which is no genre.
_GENRES_100K: Final = (
    "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy", "Film-Noir",
    "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
# From 1M's README: ranges of ages, of which the first year stands for all; "under 18" has no first year, so its last.
_AGES_1M: Final = {"1": 17, "18": 18, "25": 25, "35": 35, "45": 45, "50": 50, "56": 56}
# A code is the place in this list.
_OCCUPATIONS_1M: Final = (
    "other", "academic/educator", "artist", "clerical/admin", "college/grad student", "customer service",
    "doctor/health care", "executive/managerial", "farmer", "homemaker", "K-12 student", "lawyer", "programmer",
    "retired", "sales/marketing", "scientist", "self-employed", "technician/engineer", "tradesman/craftsman",
    "unemployed", "writer",
)  # fmt: skip


def movielens(files: Files, where: str, declared: Declared = NONE_DECLARED) -> Dataset:
    """The data set that a folder or a zip holds. `where` is its name, for messages.

    In CSV, movies may also have the properties that are `declared`, each in a column of its name.

    Raises:
        InvalidInputError: it holds none, a part of one, or several.
    """
    found = _folder(files, where)
    if "u.data" in found or "u.item" in found:
        return _form_100k(found, where)
    if "ratings.dat" in found or "movies.dat" in found:
        return _form_dat(found, where)
    return _form_csv(found, where, declared)


def _folder(files: Files, where: str) -> Mapping[str, SourceFile]:
    """The files with known names, by name: from the folder itself, or from the one subfolder that holds such."""
    folders: dict[str, dict[str, SourceFile]] = {}
    for path, file in files.items():
        parent, name = str(PurePosixPath(path).parent), PurePosixPath(path).name
        if name in KNOWN_FILES and _MAC not in PurePosixPath(path).parts:
            folders.setdefault(parent, {})[name] = file
    if not folders:
        held = ", ".join(sorted(files)[:8])
        raise InvalidInputError(
            f"{where} holds no data set that is known: no ratings.csv, ratings.dat or u.data, but {held or 'no files'}."
        )
    if "." in folders:
        return folders["."]
    if len(folders) > 1:
        raise InvalidInputError(f"{where} holds several data sets: {', '.join(sorted(folders))}. Name one of them.")
    return next(iter(folders.values()))


def _need(found: Mapping[str, SourceFile], name: str, form: str, where: str) -> SourceFile:
    if name not in found:
        raise InvalidInputError(f"{where} holds {', '.join(sorted(found))} of {form}, but the file {name} is missing.")
    return found[name]


def _form_100k(found: Mapping[str, SourceFile], where: str) -> Dataset:
    form = "MovieLens 100K"
    item = ("movieId", "title", "", "", "", "", *(f"genre:{genre}" for genre in _GENRES_100K))
    users = found.get("u.user")
    return Dataset(
        form=form,
        ratings=TextTable(_need(found, "u.data", form, where), ("userId", "movieId", "rating", "ratedAt"), b"\t"),
        movies=TextTable(_need(found, "u.item", form, where), item, b"|"),
        users=TextTable(users, ("userId", "age", "gender", "occupation", ""), b"|") if users else None,
        scale=WHOLE_STARS,
        legacy=True,
    )


def _form_dat(found: Mapping[str, SourceFile], where: str) -> Dataset:
    users, tags = found.get("users.dat"), found.get("tags.dat")
    form = "MovieLens 1M" if users else "MovieLens 10M"
    ratings = ("userId", "movieId", "rating", "ratedAt")
    return Dataset(
        form=form,
        ratings=TextTable(_need(found, "ratings.dat", form, where), ratings, b"::"),
        movies=TextTable(_need(found, "movies.dat", form, where), ("movieId", "title", "genres"), b"::"),
        users=TextTable(users, ("userId", "gender", "age", "occupation", ""), b"::") if users else None,
        tags=TextTable(tags, ("", "movieId", "tag", ""), b"::") if tags else None,
        scale=WHOLE_STARS if users else HALF_STARS,
        legacy=users is not None,
        ages=_AGES_1M if users else {},
        occupations={str(code): words for code, words in enumerate(_OCCUPATIONS_1M)} if users else {},
    )


def _form_csv(found: Mapping[str, SourceFile], where: str, declared: Declared) -> Dataset:
    form = "MovieLens CSV"
    same = {name: name for name in (*MOVIE_COLUMNS, *declared)}
    ratings = {"userId": "userId", "movieId": "movieId", "rating": "rating", "timestamp": "ratedAt"}
    links, tags = found.get("links.csv"), found.get("tags.csv")
    movies = headed_table(_need(found, "movies.csv", form, where), same, ("movieId", "title"))
    is_movielens = "year" not in movies.columns
    return Dataset(
        form=form if is_movielens else "folder of CSV files",
        ratings=headed_table(_need(found, "ratings.csv", form, where), ratings, tuple(ratings.values())),
        movies=movies,
        own={name: type_ for name, type_ in declared.items() if name in movies.columns},
        links=headed_table(links, same, ("movieId", "imdbId", "tmdbId")) if links else None,
        tags=headed_table(tags, {"movieId": "movieId", "tag": "tag"}, ("movieId", "tag")) if tags else None,
        scale=HALF_STARS if is_movielens else ANY_STARS,
        normalise=decimal_id if is_movielens else free_id,
    )
