"""Ratings held out: each user's latest, or some at random."""

import numpy as np

from services.trainer.data.interactions import Interactions
from services.trainer.data.ratings import Ratings, all_ratings, hold_out_at_random, split_ratings
from shared.schema import MISSING_INT


def made_up(counts: list[int], times: list[int] | None = None) -> Interactions:
    """So many ratings of each user, of movies 0, 1, …, one after another unless `times` says otherwise."""
    users = np.repeat(np.arange(len(counts)), counts)
    movies = np.concatenate([np.arange(count) for count in counts])
    return Interactions(
        user_keys=np.array([f"u{row}" for row in range(len(counts))], object),
        movie_keys=np.array([f"m{row:02}" for row in range(max(counts))], object),
        users=users,
        movies=movies,
        ratings=np.full(len(users), 3.0, np.float32),
        times=np.arange(len(users)) if times is None else np.array(times),
    )


def pairs(ratings: Ratings) -> list[tuple[int, int]]:
    return list(zip(ratings.users.tolist(), ratings.movies.tolist(), strict=True))


def test_each_users_latest_tenth_is_the_test_and_the_tenth_before_it_validation() -> None:
    select, final = split_ratings(made_up([20, 5]))

    assert pairs(final.held_out) == [(0, 18), (0, 19), (1, 4)]
    assert pairs(select.held_out) == [(0, 16), (0, 17), (1, 3)]
    assert len(select.known) == 19
    assert pairs(final.known) == sorted(pairs(select.known) + pairs(select.held_out))


def test_the_order_is_that_of_the_times_and_not_of_the_rows() -> None:
    _, final = split_ratings(made_up([3], times=[30, 10, 20]))

    assert pairs(final.held_out) == [(0, 0)]


def test_of_a_user_with_two_ratings_none_is_held_out() -> None:
    select, final = split_ratings(made_up([2, 3]))

    assert pairs(final.held_out) == [(1, 2)]
    assert pairs(select.held_out) == [(1, 1)]


def test_without_times_as_many_are_held_out() -> None:
    _, final = split_ratings(made_up([20, 5], times=[MISSING_INT] * 25))

    assert np.bincount(final.held_out.users).tolist() == [2, 1]


def test_a_part_held_out_at_random_and_the_rest_are_all_there_is() -> None:
    ratings = all_ratings(made_up([20, 5]))

    fold = hold_out_at_random(ratings, 0.2, seed=1)

    assert len(fold.held_out) == 5
    assert sorted(pairs(fold.known) + pairs(fold.held_out)) == pairs(ratings)
