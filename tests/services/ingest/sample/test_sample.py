from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from services.ingest.sample import MOST_USERS, write_sample
from services.ingest.sample.films import films_csv, read_films
from shared.errors import InvalidInputError

Floats = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "made" / "here"
    write_sample(folder)
    return folder


def rows(folder: Path) -> list[list[str]]:
    return [line.split(",") for line in (folder / "ratings.csv").read_text().splitlines()[1:]]


def test_the_folder_holds_the_films_the_ratings_and_the_readme(sample: Path) -> None:
    assert sorted(path.name for path in sample.iterdir()) == ["README.txt", "movies.csv", "ratings.csv"]
    assert (sample / "movies.csv").read_text(encoding="utf-8") == films_csv()


def test_two_writes_with_one_seed_give_the_same_bytes_and_another_seed_does_not(sample: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "again")
    write_sample(tmp_path / "other", seed=1)

    for name in ("README.txt", "movies.csv", "ratings.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (sample / name).read_bytes()
    assert (tmp_path / "other" / "ratings.csv").read_bytes() != (sample / "ratings.csv").read_bytes()


def test_the_sample_of_the_standard_seed_is_the_known_one(sample: Path) -> None:
    lines = (sample / "ratings.csv").read_text().splitlines()

    assert len(lines) == 37_281
    assert lines[:3] == [
        "userId,movieId,rating,timestamp",
        "simulated-0001,life-is-beautiful-1997,4.0,1577737837",
        "simulated-0001,scarface-1983,3.5,1577737852",
    ]


def test_users_are_called_simulated_and_have_20_to_150_ratings_of_different_films(sample: Path) -> None:
    films_of: dict[str, list[str]] = {}
    for user, film, _, _ in rows(sample):
        films_of.setdefault(user, []).append(film)

    assert list(films_of) == [f"simulated-{number:04}" for number in range(1, 601)]
    counts = [len(films) for films in films_of.values()]
    assert (min(counts), max(counts)) == (20, 150)
    assert all(len(set(films)) == len(films) for films in films_of.values())


def test_ratings_look_like_those_of_people(sample: Path) -> None:
    stars = np.array([float(row[2]) for row in rows(sample)])
    seen = np.unique([row[1] for row in rows(sample)], return_counts=True)[1]

    assert set(stars) == set(np.arange(1, 11) / 2)
    assert 3.5 <= stars.mean() <= 3.8
    assert 0.8 <= stars.std() <= 1.1
    assert np.sort(seen)[-30:].sum() > 0.2 * seen.sum(), "a tenth of the films has more than a fifth of the ratings"
    assert len(seen) == len(read_films()), "every film is rated by someone"


def test_nobody_rates_a_film_before_it_is_out(sample: Path) -> None:
    year_of = {film.movie_id: film.year for film in read_films()}

    for _, film, _, time in rows(sample):
        assert int(time) >= (year_of[film] + 1 - 1970) * 365 * 86_400


def test_the_readme_says_what_is_simulated_how_and_with_which_seed(tmp_path: Path) -> None:
    write_sample(tmp_path, users=7, seed=42)

    text = (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert "THEY ARE SIMULATED: no person gave them" in text
    assert "write_sample(users=7, seed=42)" in text
    assert "popularity_exponent = 0.7" in text
    assert f"ratings.csv  {len(rows(tmp_path))} ratings" in text


@pytest.mark.parametrize("users", [0, -1, MOST_USERS + 1])
def test_a_number_of_users_out_of_range_is_refused_and_nothing_written(users: int, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=f"users is {users}; the sample can have 1 to 9999"):
        write_sample(tmp_path / "sample", users=users)

    assert not (tmp_path / "sample").exists()


def test_a_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="seed is -1"):
        write_sample(tmp_path, seed=-1)


def test_what_users_liked_tells_better_than_popularity_what_else_they_like(sample: Path) -> None:
    likes, held_out = _split_likes(sample)

    _, _, components = np.linalg.svd(likes, full_matrices=False)
    learned = likes @ components[:8].T @ components[:8]
    popular = np.tile(likes.sum(axis=0), (len(likes), 1))

    assert _ndcg_at_20(learned, likes, held_out) > 1.25 * _ndcg_at_20(popular, likes, held_out)


def _split_likes(folder: Path) -> tuple[Floats, Floats]:
    """Ratings of 4 and more as [users, films] of 0 and 1: every fifth of them held out."""
    film_rows = {film.movie_id: row for row, film in enumerate(read_films())}
    shape = (600, len(film_rows))
    likes, held_out = np.zeros(shape), np.zeros(shape)
    liked = [(user, film) for user, film, stars, _ in rows(folder) if float(stars) >= 4]
    for number, (user, film) in enumerate(liked):
        part = held_out if number % 5 == 0 else likes
        part[int(user.removeprefix("simulated-")) - 1, film_rows[film]] = 1.0
    return likes, held_out


def _ndcg_at_20(scores: Floats, seen: Floats, held_out: Floats) -> float:
    best = np.argsort(-np.where(seen > 0, -np.inf, scores), axis=1)[:, :20]
    discounts = 1 / np.log2(np.arange(2, 22))
    gains = np.take_along_axis(held_out, best, axis=1) @ discounts
    ideal = np.array([discounts[: int(count)].sum() for count in held_out.sum(axis=1)])
    return float(np.mean(gains[ideal > 0] / ideal[ideal > 0]))
