"""The built-in sample: true facts about well-known films, and ratings by simulated users, called so wherever shown."""

from pathlib import Path
from typing import Final

import numpy as np

from services.ingest.sample.films import Film, films_csv, read_films
from services.ingest.sample.sessions import draw_join_days, draw_times, joined_in_year
from services.ingest.sample.taste import TasteModel, draw_stars, draw_tastes, draw_watched, log_popularity
from shared.errors import InvalidInputError

MOST_USERS: Final = 9_999  # ids have four digits

_README: Final = """\
Marquee's built-in sample

movies.csv   {films} well-known films. The facts are true, written from general knowledge, copied from no data set.
ratings.csv  {ratings} ratings. THEY ARE SIMULATED: no person gave them, and they say nothing about the films.

How the ratings came about: {users} simulated users each like some genres, an era, some directors and actors, and more
or less what everybody watches. They watch films in proportion to popularity (a power law) times the exponential of
their liking, and rate on the scale from 0.5 to 5 stars by liking, their own mean, the film's mean and noise, at made-up
times of the years 2019 to 2026 (seconds since 1970, UTC).

Made by services.ingest.sample.write_sample(users={users}, seed={seed}): numpy's PCG64 with that seed draws everything,
and the same seed gives the same files. Each parameter, as taste.py documents it:

{parameters}
"""


def write_sample(folder: Path, *, users: int = 600, seed: int = 0) -> None:
    """Write the sample as `movies.csv`, `ratings.csv` and a `README.txt` that says what is simulated, and how.

    Args:
        folder: where to; made if it isn't there. Files of these names are replaced.
        users: how many simulated users, `simulated-0001` and up, at most `MOST_USERS`.
        seed: of everything drawn by chance; the same seed gives the same files.

    Raises:
        InvalidInputError: `users` or `seed` is out of range.
    """
    if not 1 <= users <= MOST_USERS:
        raise InvalidInputError(f"users is {users}; the sample can have 1 to {MOST_USERS} simulated users")
    if seed < 0:
        raise InvalidInputError(f"seed is {seed}; give a whole number from 0 up")
    films, model = read_films(), TasteModel()
    lines = _rating_lines(films, users, seed, model)
    folder.mkdir(parents=True, exist_ok=True)
    readme = _README.format(films=len(films), ratings=len(lines), users=users, seed=seed, parameters=_parameters(model))
    _write(folder / "movies.csv", films_csv())
    _write(folder / "ratings.csv", "\n".join(["userId,movieId,rating,timestamp", *lines, ""]))
    _write(folder / "README.txt", readme)


def _rating_lines(films: list[Film], users: int, seed: int, model: TasteModel) -> list[str]:
    """The ratings as lines of CSV, by user, then by time."""
    rng = np.random.Generator(np.random.PCG64(seed))
    popularity = log_popularity(films, rng, model)
    tastes = draw_tastes(films, users, popularity, rng, model)
    join_days = draw_join_days(users, rng)
    is_out = np.array([film.year for film in films]) < joined_in_year(join_days)[:, None]
    user_rows, film_rows = draw_watched(tastes, popularity, is_out, rng, model)
    stars = draw_stars(tastes, user_rows, film_rows, rng, model)
    times = draw_times(user_rows, join_days, rng)
    return [
        f"simulated-{user + 1:04},{films[film].movie_id},{rating},{time}"
        for user, film, rating, time in zip(
            user_rows.tolist(), film_rows.tolist(), stars.tolist(), times.tolist(), strict=True
        )
    ]


def _parameters(model: TasteModel) -> str:
    return "\n".join(f"  {name} = {getattr(model, name)}" for name in TasteModel.__slots__)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
