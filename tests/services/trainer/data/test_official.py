from pathlib import Path

import numpy as np
import pytest

from services.trainer.data.official import read_movies, read_official_folds
from services.trainer.data.ratings import ratings_of
from shared.errors import InvalidInputError

BASE = "2\t10\t5\t100\n2\t7\t2\t101\n1\t10\t4\t102\n"
TEST = "1\t7\t5\t103\n10\t7\t1\t104\n"


def write(folder: Path, name: str, base: str = BASE, test: str = TEST) -> None:
    (folder / f"{name}.base").write_text(base, "utf-8")
    (folder / f"{name}.test").write_text(test, "utf-8")


def test_what_is_asked_is_what_the_test_file_holds(tmp_path: Path) -> None:
    write(tmp_path, "u1")
    write(tmp_path, "u2", base=TEST, test=BASE)

    data, folds = read_official_folds(tmp_path, 4.0)
    first, second = folds["u1"], folds["u2"]

    # Rows by key: users 1, 10, 2 and movies 10, 7.
    assert (data.user_keys.tolist(), data.movie_keys.tolist()) == (["1", "10", "2"], ["10", "7"])
    assert data.times.tolist() == [102_000, 103_000, 104_000, 100_000, 101_000]
    assert first.final.asked is not None
    assert [m.tolist() for m in first.final.asked.lists.each()] == [[1], [1], []]
    assert first.final.asked.stars.tolist() == [5.0, 1.0]
    assert [m.tolist() for m in first.final.held_out.each()] == [[1], [], []]
    assert [m.tolist() for m in first.final.seen.each()] == [[0], [], [0, 1]]
    assert [m.tolist() for m in second.final.seen.each()] == [[1], [1], []]
    assert first.how == "official fold u1"


def test_a_part_of_what_is_known_is_validation(tmp_path: Path) -> None:
    write(tmp_path, "u1", base="".join(f"1\t{movie}\t5\t1\n" for movie in range(100)), test="1\t100\t5\t1\n")

    _, folds = read_official_folds(tmp_path, 4.0)
    (parts,) = folds.values()

    assert 3 < len(parts.select.held_out) < 20
    assert len(parts.select.seen) + len(parts.select.held_out) == 100
    assert len(parts.final.seen) == 100


def test_folds_of_other_ratings_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "u1")
    write(tmp_path, "u2", test="1\t7\t4\t103\n10\t7\t1\t104\n")

    with pytest.raises(InvalidInputError, match=r"u2\.test and its base hold other ratings"):
        read_official_folds(tmp_path, 4.0)


@pytest.mark.parametrize(
    ("files", "message"), [({}, "holds no official folds"), ({"u1.test": "a\tb\n"}, r"u1\..* can't be read")]
)
def test_what_is_no_fold_is_refused(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")

    with pytest.raises(InvalidInputError, match=message):
        read_official_folds(tmp_path, 4.0)


def test_genres_and_years_describe_movies_and_a_missing_date_tells_nothing(tmp_path: Path) -> None:
    item = "{}|Toy Story (1995)|{}||http://example.org|" + "|".join(["0", "1"] + ["0"] * 16 + ["1"])
    lines = [item.format(1, "01-Jan-1995"), item.format(2, ""), item.format(3, "01-Jan-1999")]
    (tmp_path / "u.item").write_text("\n".join(lines), encoding="latin-1")

    genres, years = read_movies(tmp_path, np.array(["2", "1"], object))

    assert set(zip(genres.described.tolist(), genres.nodes.tolist(), strict=True)) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert (years.described.tolist(), years.nodes.tolist(), years.n_nodes) == ([1], [0], 1)


def test_the_published_folds_hold_out_every_rating_once(datasets: Path) -> None:
    _, folds = read_official_folds(datasets / "ml-100k", 4.0)

    held_out = [ratings_of(parts.final).held_out for parts in folds.values()]

    codes = np.concatenate([part.users * part.n_movies + part.movies for part in held_out])
    assert len(np.unique(codes)) == len(codes) == 100_000
