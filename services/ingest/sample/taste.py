"""The taste model: how simulated users come to watch films, and how they rate them.

A user likes genres, an era, some people, and more or less what everybody watches. From these comes an affinity for
every film. Users watch in proportion to popularity * exp(gain * affinity), and rate by affinity, their own mean, the
film's mean and noise. What a recommender can learn is therefore known: most of affinity is of low rank, and popularity
explains only a part of who watches what.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from services.ingest.sample.films import GENRES, Film

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_WIDE_GENRES: Final = frozenset({"Action", "Adventure", "Animation", "Children", "Comedy", "Sci-Fi", "Thriller"})


@dataclass(frozen=True, slots=True)
class TasteModel:
    """The parameters. Affinity has no unit; a spread is a standard deviation."""

    popularity_exponent: float = 0.7
    """The film of popularity rank r, from 1, is watched in proportion to r ** -exponent."""
    genre_spread: float = 1.2
    """Of a user's liking for a genre, which is normal about 0. A film gets the mean over its genres."""
    era_gain: float = 1.2
    """Affinity for a film from the very middle of a user's era."""
    era_width_years: float = 14.0
    """How far from the middle of their era users still care, as a normal curve's deviation."""
    people_drawn: int = 10
    """How many favourites a user draws among all credits: who made more of the films is drawn more often."""
    people_gain: float = 0.8
    """Affinity for a film in which a favourite director or actor took part."""
    mainstream_spread: float = 0.5
    """Of how much a user follows, or shuns, what everybody watches."""
    watching_gain: float = 1.3
    """The logarithm of the odds of watching that a unit of affinity adds."""
    median_ratings: float = 55.0
    ratings_spread: float = 0.6
    """Of the logarithm of a user's number of ratings."""
    fewest_ratings: int = 20
    most_ratings: int = 150
    middle_stars: float = 3.0
    """The rating, in stars, of a film of affinity 0 by a user of average mildness."""
    stars_per_affinity: float = 0.5
    user_spread_stars: float = 0.35
    """Of users' means: some are milder than others."""
    film_spread_stars: float = 0.25
    """Of films' means: what everyone agrees on."""
    noise_stars: float = 0.6


@dataclass(frozen=True, slots=True)
class Tastes:
    """What users like, before they have watched anything."""

    genres: Floats
    """[users, len(GENRES)], higher is more liked."""
    affinity: Floats
    """[users, films], higher is more liked."""


def log_popularity(films: Sequence[Film], rng: np.random.Generator, model: TasteModel) -> Floats:
    """The logarithm of how widely each film is seen, [films], 0 for the most popular one: a power law over ranks.

    The rank goes by recency, by the share of genres with a wide audience, by how often the film's people occur in the
    list (stars draw), and by luck.
    """
    credits_of = Counter(person for film in films for person in film.people)
    years = np.array([film.year for film in films], np.float64)
    wide = np.array([sum(genre in _WIDE_GENRES for genre in film.genres) / len(film.genres) for film in films])
    stars = np.array([sum(credits_of[person] - 1 for person in film.people) for film in films], np.float64)
    appeal = _standard(years) + _standard(wide) + _standard(np.log1p(stars)) + rng.standard_normal(len(films))
    ranks = np.empty(len(films))
    ranks[np.argsort(-appeal)] = np.arange(1, len(films) + 1)
    return -model.popularity_exponent * np.log(ranks)


def draw_tastes(
    films: Sequence[Film], users: int, popularity: Floats, rng: np.random.Generator, model: TasteModel
) -> Tastes:
    """Users' tastes, and what they make of each film. `popularity` is in logarithms, [films]."""
    years = np.array([film.year for film in films], np.float64)
    genres = rng.normal(0.0, model.genre_spread, (users, len(GENRES)))
    middles = rng.choice(years, users)  # an era is liked as often as it has films here
    distances = (years - middles[:, None]) / model.era_width_years
    mainstream = rng.normal(0.0, model.mainstream_spread, users)
    affinity = (
        genres @ _genre_shares(films).T
        + model.era_gain * np.exp(-0.5 * distances**2)
        + model.people_gain * _has_favourite(films, users, rng, model)
        + mainstream[:, None] * _standard(popularity)
    )
    return Tastes(genres, affinity)


def draw_watched(
    tastes: Tastes, popularity: Floats, is_out: npt.NDArray[np.bool_], rng: np.random.Generator, model: TasteModel
) -> tuple[Ints, Ints]:
    """Who watched what, each pair at most once, in proportion to popularity * exp(gain * affinity).

    The Gumbel-top-k trick (Vieira, 2014): the k largest of log-weight + Gumbel noise are k draws without replacement.

    Args:
        tastes: of the users.
        popularity: the logarithm of how widely a film is seen, [films].
        is_out: whether a film had come out when a user joined, [users, films]; a film that had not is not watched.
        rng: the source of chance.
        model: the parameters.

    Returns:
        Rows of users, ascending, and of films, both int64[ratings], a user's films in random order.
    """
    users, films = tastes.affinity.shape
    counts = np.exp(rng.normal(np.log(model.median_ratings), model.ratings_spread, users))
    counts = np.clip(counts.astype(np.int64), model.fewest_ratings, model.most_ratings)
    counts = np.minimum(counts, is_out.sum(axis=1))
    keys = popularity + model.watching_gain * tastes.affinity + rng.gumbel(size=(users, films))
    order = np.argsort(-np.where(is_out, keys, -np.inf), axis=1, kind="stable")
    is_watched = np.arange(films) < counts[:, None]
    user_rows = np.nonzero(is_watched)[0]
    film_rows = order[is_watched]
    shuffled = np.lexsort((rng.random(len(user_rows)), user_rows))
    return user_rows, film_rows[shuffled]


def draw_stars(tastes: Tastes, user_rows: Ints, film_rows: Ints, rng: np.random.Generator, model: TasteModel) -> Floats:
    """The ratings of the pairs, [ratings], on the half-star scale from 0.5 to 5."""
    users, films = tastes.affinity.shape
    milder = rng.normal(0.0, model.user_spread_stars, size=(users,))
    better = rng.normal(0.0, model.film_spread_stars, size=(films,))
    noise = rng.normal(0.0, model.noise_stars, size=(len(user_rows),))
    stars: Floats = (
        model.middle_stars
        + model.stars_per_affinity * tastes.affinity[user_rows, film_rows]
        + milder[user_rows]
        + better[film_rows]
        + noise
    )
    halves: Floats = np.clip(np.round(2 * stars) / 2, 0.5, 5.0)
    return halves


def _genre_shares(films: Sequence[Film]) -> Floats:
    """[films, len(GENRES)], each row adding up to 1."""
    return np.array([[(genre in film.genres) / len(film.genres) for genre in GENRES] for film in films])


def _has_favourite(films: Sequence[Film], users: int, rng: np.random.Generator, model: TasteModel) -> Floats:
    """1 where one of a user's favourite people took part in a film, otherwise 0, [users, films]."""
    people = sorted({person for film in films for person in film.people})
    takes_part = np.array([[person in film.people for person in people] for film in films], np.float64)
    credits_drawn = rng.choice(np.nonzero(takes_part)[1], (users, model.people_drawn))
    favours = np.zeros((users, len(people)))
    np.put_along_axis(favours, credits_drawn, 1.0, axis=1)
    return (favours @ takes_part.T > 0).astype(np.float64)


def _standard(values: Floats) -> Floats:
    """The values with mean 0 and standard deviation 1."""
    standard: Floats = (values - values.mean()) / values.std()
    return standard
