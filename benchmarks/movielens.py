"""Made-up data on disk, in the form of MovieLens 20M: `ratings.csv` by user, then movie, and `movies.csv`."""

import csv
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from benchmarks.made_up import Events, MadeUp, Shape
from shared.graph.port import Array
from shared.ids import Rows

_VERSION: Final = 2  # of what is written: a folder of another version is not taken for this one
_IDS_A_MOVIE: Final = 5  # MovieLens 20M has ids up to 131,262 for 27,278 movies
_YEARS: Final = (1930, 2015)
_HEADER: Final = ("userId", "movieId", "rating", "timestamp")
_STARS: Final = np.array([f"{half / 2:.1f}" for half in range(11)])
GENRES: Final = (
    "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary", "Drama", "Fantasy", "Film-Noir",
    "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
_WORDS: Final = (
    ("Last", "Silent", "Long", "Broken", "Golden", "Hidden", "Second", "Bitter", "Distant", "Electric"),
    ("River", "Summer", "Witness", "Garden", "Engine", "Letter", "Harbour", "Mirror", "Road", "Orchestra"),
    ("Winter", "Lisbon", "Glass", "the North", "Tomorrow", "Salt", "Saturn", "the Valley", "Paper", "Midnight"),
)

OnChunk = Callable[[float], None]
"""Told what part is done, 0 to 1."""


def dataset(shape: Shape, cache: Path, on_chunk: OnChunk = lambda _: None) -> Path:
    """The folder of the data set of this shape; it is written if `cache` does not hold it yet."""
    folder = cache / f"made-up-{_VERSION}-{shape.users}-{shape.movies}-{shape.ratings}-{shape.seed}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            unfinished = Path(temporary) / "dataset"
            unfinished.mkdir()
            write(MadeUp(shape), unfinished, on_chunk)
            unfinished.replace(folder)  # whole or not at all
    return folder


def write(data: MadeUp, folder: Path, on_chunk: OnChunk = lambda _: None) -> None:
    """Write both files into a folder. Memory in use is that of a chunk."""
    ids = movie_ids(data.shape)
    _write_movies(data, ids, folder / "movies.csv")
    options = arrow_csv.WriteOptions(include_header=False, quoting_style="none")
    done = 0
    with (folder / "ratings.csv").open("wb") as file:
        file.write(f"{','.join(_HEADER)}\n".encode())
        for chunk in data.chunks():
            arrow_csv.write_csv(_table(chunk, ids), file, options)
            done += len(chunk)
            on_chunk(done / data.shape.ratings)


def movie_ids(shape: Shape) -> Rows:
    """The id of each movie, ascending, with gaps as in MovieLens: int64[movies]."""
    rng = np.random.default_rng([shape.seed, 0, 1])
    return np.sort(rng.choice(_IDS_A_MOVIE * shape.movies, shape.movies, replace=False) + 1)


def titles(count: int, rng: np.random.Generator) -> list[str]:
    """Made-up titles with years, some with a comma in them."""
    drawn = rng.integers(0, 10, (count, len(_WORDS)))
    years = rng.integers(*_YEARS, count)
    found = []
    for (kind, thing, place), year in zip(drawn.tolist(), years.tolist(), strict=True):
        first = f"{_WORDS[0][kind]} {_WORDS[1][thing]}"
        found.append(f"{first} of {_WORDS[2][place]} ({year})" if place % 3 else f"{first}, The ({year})")
    return found


def _write_movies(data: MadeUp, ids: Rows, path: Path) -> None:
    rng = np.random.default_rng([data.shape.seed, 0, 2])
    favoured = np.argsort(-data.appeal, axis=0)[:2].T  # [movies, 2]: a taste's genre goes by its number
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("movieId", "title", "genres"))
        for id_, title, tastes in zip(ids.tolist(), titles(len(ids), rng), favoured.tolist(), strict=True):
            genres = sorted({GENRES[taste % len(GENRES)] for taste in tastes})
            writer.writerow((id_, title, "|".join(genres)))


def _table(chunk: Events, ids: Rows) -> pa.Table:
    stars = _STARS[np.round(2 * chunk.stars).astype(np.int64)]
    columns: tuple[Array, ...] = (chunk.users + 1, ids[chunk.movies], stars, chunk.times)
    return pa.Table.from_arrays([pa.array(column) for column in columns], names=list(_HEADER))
