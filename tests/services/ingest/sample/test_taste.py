from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from services.ingest.sample.films import GENRES, Film, read_films
from services.ingest.sample.taste import TasteModel, Tastes, draw_stars, draw_tastes, draw_watched, log_popularity

MODEL = TasteModel()
FILMS = read_films()
USERS = 400


def rng() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(5))


@pytest.fixture(scope="module")
def popularity() -> npt.NDArray[np.float64]:
    return log_popularity(FILMS, rng(), MODEL)


@pytest.fixture(scope="module")
def tastes(popularity: npt.NDArray[np.float64]) -> Tastes:
    return draw_tastes(FILMS, USERS, popularity, rng(), MODEL)


def is_out() -> npt.NDArray[np.bool_]:
    return np.ones((USERS, len(FILMS)), bool)


def test_popularity_is_a_power_law_over_ranks(popularity: npt.NDArray[np.float64]) -> None:
    ranked = np.sort(np.exp(popularity))[::-1]

    assert ranked[0] == 1.0
    assert ranked[9] == pytest.approx(10**-0.7)
    assert ranked[99] == pytest.approx(100**-0.7)


def test_affinity_is_the_mean_liking_of_a_films_genres_where_nothing_else_counts() -> None:
    model = replace(MODEL, era_gain=0.0, people_gain=0.0, mainstream_spread=0.0)
    films = [
        Film("a", "A", 2000, ("Comedy", "Drama"), ("X",), ()),
        Film("b", "B", 1950, ("Comedy",), ("Y",), ()),
    ]

    tastes = draw_tastes(films, 3, np.array([0.0, -1.0]), rng(), model)

    comedy, drama = (tastes.genres[:, GENRES.index(genre)] for genre in ("Comedy", "Drama"))
    np.testing.assert_allclose(tastes.affinity[:, 0], (comedy + drama) / 2)
    np.testing.assert_allclose(tastes.affinity[:, 1], comedy)


def test_everyone_watches_different_films_within_the_limits_and_none_that_is_not_out(
    tastes: Tastes, popularity: npt.NDArray[np.float64]
) -> None:
    out = is_out()
    out[:, ::2] = False

    users, films = draw_watched(tastes, popularity, out, rng(), MODEL)

    counts = np.bincount(users, minlength=USERS)
    assert (counts.min(), counts.max()) == (20, 150)
    assert np.all(np.diff(users) >= 0)
    assert len({*zip(users.tolist(), films.tolist(), strict=True)}) == len(users)
    assert np.all(films % 2 == 1)


def test_a_users_favourite_genre_is_watched_more_and_rated_higher_than_the_least_liked(
    tastes: Tastes, popularity: npt.NDArray[np.float64]
) -> None:
    users, films = draw_watched(tastes, popularity, is_out(), rng(), MODEL)
    stars = draw_stars(tastes, users, films, rng(), MODEL)
    common = [GENRES.index(genre) for genre in ("Action", "Comedy", "Crime", "Drama", "Romance", "Sci-Fi")]
    has = np.array([[genre in film.genres for genre in GENRES] for film in FILMS])

    liked = np.array(common)[tastes.genres[:, common].argmax(axis=1)]
    disliked = np.array(common)[tastes.genres[:, common].argmin(axis=1)]
    in_liked = has[films, liked[users]]
    in_disliked = has[films, disliked[users]]

    assert in_liked.sum() > 1.5 * in_disliked.sum()
    assert stars[in_liked].mean() > stars[in_disliked].mean() + 0.3


def test_stars_are_halves_from_a_half_to_five(tastes: Tastes) -> None:
    users = np.repeat(np.arange(USERS), 50)
    films = np.tile(np.arange(50), USERS)

    stars = draw_stars(tastes, users, films, rng(), replace(MODEL, noise_stars=3.0))

    assert sorted(set(stars.tolist())) == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0]


def test_without_spread_or_noise_a_rating_follows_affinity_alone() -> None:
    model = replace(MODEL, user_spread_stars=0.0, film_spread_stars=0.0, noise_stars=0.0)
    tastes = Tastes(np.zeros((1, len(GENRES))), np.array([[-9.0, 0.0, 1.0, 2.0, 9.0]]))

    stars = draw_stars(tastes, np.zeros(5, np.int64), np.arange(5), rng(), model)

    assert stars.tolist() == [0.5, 3.0, 3.5, 4.0, 5.0]
