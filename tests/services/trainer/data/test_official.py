"""MovieLens 100K as it is published."""

import os
from pathlib import Path

import numpy as np
import pytest

from services.trainer.data.official import FOLDS, read_fold, read_movies
from shared.errors import InvalidInputError

ITEM = "{}|Toy Story (1995)|{}||http://example.org|" + "|".join(["0", "1"] + ["0"] * 16 + ["1"])


def write(folder: Path) -> None:
    (folder / "u1.base").write_text("1\t1\t5\t874965758\n2\t3\t4\t876893171\n")
    (folder / "u1.test").write_text("1\t2\t3\t874965759\n")
    (folder / "u.item").write_text(f"{ITEM.format(1, '01-Jan-1995')}\n{ITEM.format(2, '')}\n", encoding="latin-1")


def test_rows_are_the_published_numbers_less_one(tmp_path: Path) -> None:
    write(tmp_path)

    fold = read_fold(tmp_path, "u1")

    assert (fold.known.users.tolist(), fold.known.movies.tolist()) == ([0, 1], [0, 2])
    assert fold.known.stars.tolist() == [5.0, 4.0]
    assert (fold.held_out.n_users, fold.held_out.n_movies) == (943, 1_682)


def test_genres_and_years_describe_movies_and_a_missing_date_tells_nothing(tmp_path: Path) -> None:
    write(tmp_path)

    genres, years = read_movies(tmp_path)

    assert list(zip(genres.movies.tolist(), genres.nodes.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert (years.movies.tolist(), years.nodes.tolist(), years.n_nodes) == ([0], [0], 1)


@pytest.mark.parametrize("content", [None, "1\t2\n", "a\tb\tc\td\n"])
def test_a_file_that_is_missing_or_no_such_table_is_told_by_name(tmp_path: Path, content: str | None) -> None:
    write(tmp_path)
    (tmp_path / "u1.test").unlink()
    if content:
        (tmp_path / "u1.test").write_text(content)

    with pytest.raises(InvalidInputError, match=r"u1\.test can't be read"):
        read_fold(tmp_path, "u1")


@pytest.mark.skipif("MARQUEE_DATASETS" not in os.environ, reason="MARQUEE_DATASETS names no folder of real data")
def test_the_published_folds_hold_out_every_rating_once() -> None:
    folder = Path(os.environ["MARQUEE_DATASETS"]) / "ml-100k"

    held_out = [read_fold(folder, name).held_out for name in FOLDS]

    codes = np.concatenate([part.users * part.n_movies + part.movies for part in held_out])
    assert len(np.unique(codes)) == len(codes) == 100_000
