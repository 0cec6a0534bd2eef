import numpy as np
import pytest

from services.trainer.page import places
from services.trainer.page.places import PlacedMovies, place_among, place_movies
from services.trainer.plots.movie_map import MapData


def of_groups(n: int) -> MapData:
    """Movies of three groups in turns, whose vectors are all but the same within each."""
    rng = np.random.default_rng(1)
    vectors = np.eye(3, 8)[np.arange(n) % 3] + 0.02 * rng.normal(size=(n, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return MapData([str(row) for row in range(n)], vectors.astype(np.float32), [None] * n, [[]] * n)


def test_a_movie_that_is_not_laid_out_lies_in_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_MOVIES", 60)

    placed = place_movies(of_groups(90))

    assert placed is not None
    middles = np.array([placed.places[group:60:3].mean(axis=0) for group in range(3)])
    nearest = np.linalg.norm(placed.places[60:, None] - middles[None], axis=2).argmin(axis=1)
    assert nearest.tolist() == [row % 3 for row in range(60, 90)]


def test_a_movie_just_like_another_lies_where_that_lies() -> None:
    known = np.eye(3)
    laid_out = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])

    found = place_among(np.array([[0.0, 1.0, 0.0], [0.0, np.sqrt(0.5), np.sqrt(0.5)]]), known, laid_out)

    assert found == pytest.approx(np.array([[4.0, 0.0], [2.0, 2.0]]), abs=1e-4)


def test_a_map_is_whole_numbers_and_keeps_its_form() -> None:
    movies = MapData(["a", "b", "c"], np.eye(3, dtype=np.float32), [None] * 3, [["War"], [], ["Drama", "War"]])

    found = PlacedMovies(movies, np.array([[-1.0, 5.0], [3.0, 5.0], [1.0, 7.0]])).as_map()

    assert (found.x, found.y) == ([0, 10_000, 5_000], [0, 0, 5_000])
    assert found.genres == ["War", None, "Drama"]


def test_a_map_that_can_not_be_laid_out_is_left_out_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    movies = of_groups(30)
    movies.vectors[3] = np.nan

    assert place_movies(movies) is None
    assert "can't be laid out" in caplog.text


def test_too_few_movies_have_no_map() -> None:
    assert place_movies(of_groups(4)) is None
