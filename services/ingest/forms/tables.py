"""Files of ratings, and perhaps of movies, that someone else laid out: CSV or Parquet with column names given."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from services.ingest.fetch.files import file_at
from services.ingest.forms.block import Table
from services.ingest.forms.dataset import ANY_STARS, MOVIE_COLUMNS, Dataset
from services.ingest.forms.headers import check_columns, headed_table, read_header
from services.ingest.forms.ids import free_id
from services.ingest.forms.parquet import ParquetTable, parquet_columns
from shared.errors import InvalidInputError
from shared.own_properties import NONE_DECLARED, Declared

PARQUET: Final = frozenset({".parquet", ".pq"})
TEXT: Final = frozenset({".csv", ".tsv", ".txt"})
_SEPARATORS: Final = (b",", b"\t", b";", b"|")
_RATINGS: Final = ("userId", "movieId", "rating", "ratedAt")
_OTHER_NAMES: Final = {"ratedAt": "timestamp"}  # what a column is called where neither our name nor a given one is


def tables(
    ratings: Path, movies: Path | None, columns: Mapping[str, str], declared: Declared = NONE_DECLARED
) -> Dataset:
    """A file of ratings, and perhaps one of movies, as a data set.

    Ratings need `userId`, `movieId` and `rating`, and may have `ratedAt`; movies need `movieId` and `title`. `columns`
    maps our name of a column to the file's; what it leaves out is looked for under our own name. Movies may also have
    the properties that are `declared`, each in a column of its name.

    Raises:
        InvalidInputError: a column is missing, or a file is of no known kind.
    """
    of_movies = (*MOVIE_COLUMNS, *declared)
    known = dict.fromkeys((*_RATINGS, *of_movies))
    if unknown := [name for name in columns if name not in known]:
        raise InvalidInputError(f"There is no column {unknown[0]!r} to map; there are {', '.join(known)}.")
    chosen = [_Chosen(ratings, _RATINGS, columns)]
    chosen += [_Chosen(movies, of_movies, columns)] if movies else []
    for ours, theirs in columns.items():
        if not any(table.theirs.get(ours) == theirs for table in chosen):
            headers = "; ".join(f"{table.path.name} has {', '.join(table.header[:20])}" for table in chosen)
            raise InvalidInputError(f"The column {theirs!r}, given for {ours}, does not exist: {headers}.")
    table = chosen[1].table(("movieId", "title")) if movies else None
    return Dataset(
        form=" and ".join(("Parquet" if table.is_parquet else "CSV") + f" {table.path.name}" for table in chosen),
        ratings=chosen[0].table(("userId", "movieId", "rating")),
        movies=table,
        own={name: type_ for name, type_ in declared.items() if table is not None and name in table.columns},
        scale=ANY_STARS,
        normalise=free_id,
        may_lack_times=True,
    )


class _Chosen:
    """Which columns of a file are read, and as what."""

    def __init__(self, path: Path, wanted: Sequence[str], columns: Mapping[str, str]) -> None:
        self.path = path
        self.is_parquet = path.suffix.lower() in PARQUET
        if not self.is_parquet and path.suffix.lower() not in TEXT:
            raise InvalidInputError(f"{path.name} is neither CSV (.csv, .tsv, .txt) nor Parquet (.parquet).")
        self._separator, self.header = b",", parquet_columns(path) if self.is_parquet else []
        if not self.is_parquet:
            headers = _headers(path)
            self._separator = max(headers, key=lambda s: len(_match(headers[s], wanted, columns)))
            self.header = headers[self._separator]
        self.theirs = _match(self.header, wanted, columns)
        self._columns = columns

    def table(self, required: Sequence[str]) -> Table:
        """The file as a table."""
        theirs = {name: self.theirs.get(name, self._columns.get(name, name)) for name in required} | self.theirs
        check_columns(self.path.name, self.header, [theirs[name] for name in required])
        if len(set(theirs.values())) < len(theirs):
            raise InvalidInputError(f"{self.path.name}: one column is given for two of ours: {theirs}.")
        if self.is_parquet:
            return ParquetTable(self.path, theirs)
        ours = {their: our for our, their in theirs.items()}
        return headed_table(file_at(self.path), ours, required, separator=self._separator)


def _headers(path: Path) -> dict[bytes, list[str]]:
    """The names in a file's first line for each separator by which it can be split."""
    file, found, refusals = file_at(path), {}, []
    for separator in _SEPARATORS:
        try:
            found[separator] = read_header(file, separator)
        except InvalidInputError as error:  # quotes that end before what is no separator here
            refusals.append(error)
    if not found:
        raise refusals[0]
    return found


def _match(header: Sequence[str], wanted: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Our names to the file's, of the columns that it has."""
    found = {}
    for ours in wanted:
        for theirs in (columns.get(ours), ours, _OTHER_NAMES.get(ours)):
            if theirs in header:
                found[ours] = str(theirs)
                break
    return found
